using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Imaging;

namespace GpuVae.CommandLine;

/// <summary>Image files that a person names, as a run takes them.</summary>
internal static class RunImages
{
    /// <summary>Reads a file of the size of the run's images.</summary>
    /// <exception cref="UserException">
    /// It cannot be read, or has another size, or the run was trained on rows of numbers.
    /// </exception>
    public static ImageSet Read(string path, TrainedModel trained) =>
        trained.Height > 1 && trained.Channels is 1 or 3
            ? ImageReader.Read(
                path, trained.Height, trained.Width, trained.Channels,
                PictureBackground.Parse(trained.Configuration.Background))
            : throw new UserException(
                $"{path}: {trained.Folder.FullPath} was trained on rows of numbers and takes no image file");
}
