using GpuVae.Evaluation;
using GpuVae.Imaging;

namespace GpuVae.CommandLine;

/// <summary>Where the pictures of a verb go.</summary>
internal static class PictureFile
{
    /// <summary>
    /// Writes images side by side as PNG and says where: to the path asked for, else to a new file in the run's
    /// <c>images/</c>.
    /// </summary>
    /// <param name="asked">What <c>--out</c> gave, or null.</param>
    /// <param name="trained">The run.</param>
    /// <param name="name">The stem of the file's name, for example <c>generate</c>.</param>
    /// <param name="images">(rows·columns, D).</param>
    /// <param name="rows">Images in a column.</param>
    /// <param name="columns">Images in a row.</param>
    /// <param name="versions">What the rows are where they show the same images; series are then overlaid.</param>
    /// <param name="rowNames">What the rows show where they are no versions, or null.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(
        string? asked, TrainedModel trained, string name, float[] images, int rows, int columns,
        IReadOnlyList<string>? versions = null, IReadOnlyList<string>? rowNames = null)
    {
        string path = asked ?? NewFile.In(trained.Folder.ImagesPath, name, ".png");
        images = trained.Height > 1 ? trained.Pipeline.ToPictures(images, trained.Model.Dimensions) : images;
        ExamplePicture.Write(
            path, images, rows, columns, (trained.Height, trained.Width, trained.Channels), versions, rowNames: rowNames);
        Console.Out.WriteLine($"written to {path}");
    }

    /// <summary>The same in a grid as square as it can be; what is left of the last row stays empty.</summary>
    /// <param name="asked">What <c>--out</c> gave, or null.</param>
    /// <param name="trained">The run.</param>
    /// <param name="name">The stem of the file's name.</param>
    /// <param name="images">(n, D).</param>
    /// <param name="count">n, at least 1.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void WriteSquare(string? asked, TrainedModel trained, string name, float[] images, int count)
    {
        int columns = (int)Math.Ceiling(Math.Sqrt(count));
        int rows = (count + columns - 1) / columns;
        Array.Resize(ref images, rows * columns * (images.Length / count));
        Write(asked, trained, name, images, rows, columns);
    }
}
