using System.Text.RegularExpressions;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Imaging;

namespace GpuVae.CommandLine;

/// <summary>Image files that a person names, as a run takes them.</summary>
internal static partial class RunImages
{
    /// <summary>
    /// Reads a picture through the run's own pipeline: in its colours, at its size where the run was trained with
    /// <c>--image-size</c>, and scaled as its data were.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="trained">The run.</param>
    /// <param name="tell">Is told what is lost.</param>
    /// <exception cref="UserException">
    /// It cannot be read, or has another size, or the run was trained on rows of numbers.
    /// </exception>
    public static ImageSet Read(string path, TrainedModel trained, Action<string> tell)
    {
        if (trained.Height == 1 || trained.Channels is not (1 or 3))
        {
            throw new UserException(
                $"{path}: {trained.Folder.FullPath} was trained on rows of numbers and takes no image file; give a table or an " +
                "array with --data");
        }

        ImageSet picture = ImageReader.Read(
            path, trained.Height, trained.Width, trained.Channels,
            PictureBackground.Parse(trained.Configuration.Background),
            resizes: trained.Configuration.ImageSize is not null, tell);
        return trained.Pipeline.ApplyToPicture(path, picture);
    }

    /// <summary>A file as it is; a folder as the pictures in it, by their names.</summary>
    /// <exception cref="UserException">The folder holds none.</exception>
    public static IEnumerable<string> Expand(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        // What an earlier call wrote is no picture to denoise again.
        string[] pictures =
        [
            .. Directory.EnumerateFiles(path).Where(ImageReader.IsPicture)
                .Where(file => !Denoised().IsMatch(Path.GetFileNameWithoutExtension(file)))
                .Order(StringComparer.Ordinal),
        ];
        if (pictures.Length > 0)
            return pictures;
        string? inside = Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal)
            .FirstOrDefault(folder => Directory.EnumerateFiles(folder).Any(ImageReader.IsPicture));
        throw new UserException(
            $"{path}: the folder holds no pictures" + (inside is null ? "" : $"; {inside} does: name such folders, one or several"));
    }

    [GeneratedRegex(@"-denoised(-\d+)?$")]
    private static partial Regex Denoised();
}
