using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Imaging;

namespace GpuVae.CommandLine;

/// <summary>Where the pictures of a verb go.</summary>
internal static class PictureFile
{
    /// <summary>
    /// Writes images side by side as PNG: to the path asked for, else to a new file in the run's <c>images/</c>.
    /// </summary>
    /// <param name="asked">What <c>--out</c> gave, or null.</param>
    /// <param name="trained">The run.</param>
    /// <param name="name">The stem of the file's name, for example <c>generate</c>.</param>
    /// <param name="images">(rows·columns, D).</param>
    /// <param name="rows">Images in a column.</param>
    /// <param name="columns">Images in a row.</param>
    /// <param name="labels">What is written beside and below them; null for nothing.</param>
    /// <returns>Where it is.</returns>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static string Write(
        string? asked, TrainedModel trained, string name, float[] images, int rows, int columns,
        PictureLabels? labels = null)
    {
        string title = $"{name}, {Path.GetFileName(trained.Folder.FullPath)}" + (trained.Epoch is int epoch ? ReportText.Text($", epoch {epoch}") : "")
            + (trained.Height == 1 && trained.Pipeline.Scaling.Offsets.Count > 0 ? ", scaled" : "");
        labels ??= new PictureLabels();
        labels = labels with { Title = labels.Title is null ? title : $"{title}: {labels.Title}" };
        images = trained.Height > 1 ? trained.Pipeline.ToPictures(images, trained.Model.Dimensions) : images;
        void Draw(string path) => ExamplePicture.Write(
            path, images, rows, columns, (trained.Height, trained.Width, trained.Channels), labels);
        return Write(asked, trained.Folder.ImagesPath, name, Draw);
    }

    /// <summary>Writes a picture to the path asked for, else to a new file.</summary>
    /// <param name="asked">What <c>--out</c> gave, or null.</param>
    /// <param name="folder">Where a new file goes.</param>
    /// <param name="name">The stem of its name.</param>
    /// <param name="write">Writes the picture at a path.</param>
    /// <returns>Where it is.</returns>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static string Write(string? asked, string folder, string name, Action<string> write)
    {
        if (asked is null)
        {
            return NewFile.Write(folder, name, ".png", write);
        }

        write(asked);
        return asked;
    }

    /// <summary>The same in a grid as square as it can be; what is left of the last row stays empty.</summary>
    /// <param name="asked">What <c>--out</c> gave, or null.</param>
    /// <param name="trained">The run.</param>
    /// <param name="name">The stem of the file's name.</param>
    /// <param name="images">(n, D).</param>
    /// <param name="count">n, at least 1.</param>
    /// <returns>Where it is.</returns>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static string WriteSquare(string? asked, TrainedModel trained, string name, float[] images, int count)
    {
        int columns = (int)Math.Ceiling(Math.Sqrt(count));
        int rows = (count + columns - 1) / columns;
        Array.Resize(ref images, rows * columns * (images.Length / count));
        return Write(asked, trained, name, images, rows, columns);
    }
}
