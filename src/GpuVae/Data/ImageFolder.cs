using GpuVae.Imaging;

namespace GpuVae.Data;

/// <summary>
/// Reads a folder of pictures. Its subfolders, where it has some, are the classes, with all that lies below them.
/// Subfolders <c>train</c> and <c>test</c> (or <c>training</c>, <c>testing</c>, <c>val</c>, <c>valid</c>,
/// <c>validation</c>, in upper or lower case) are the two parts of the set, each such a folder.
/// </summary>
public static class ImageFolder
{
    /// <summary>Whether there is a picture in the folder or below it.</summary>
    public static bool HasPictures(string folder) => PictureTree.HasPictures(folder);

    /// <summary>Reads every picture.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="settings">
    /// Their size, colours and background, whether damaged ones are left out, and who is told what was left out and
    /// guessed.
    /// </param>
    /// <returns>
    /// The pictures to train with, and those to test with where the folder has them. Where one part has folders of classes
    /// and the other has none, that one has no labels.
    /// </returns>
    /// <exception cref="UserException">
    /// Pictures cannot be read, or, without a size, have different ones; the message names them.
    /// </exception>
    public static (ImageSet Train, ImageSet? Test) Read(string folder, DataSettings settings)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(settings);
        PictureParts parts = PictureParts.Of(folder, PictureTree.Of(folder), settings.Tell);
        return new PictureLoader(folder, settings).Read(parts);
    }
}

/// <summary>Reads single image files as examples for a model.</summary>
public static class ImageReader
{
    /// <summary>Whether a file is taken for a picture, by its ending.</summary>
    public static bool IsPicture(string path) => PictureTree.IsPicture(Path.GetFileName(path));

    /// <summary>Reads an image file, grey or in colours as the model has it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="height">Rows that it has to have, in pixels.</param>
    /// <param name="width">Columns that it has to have, in pixels.</param>
    /// <param name="channels">1 for grey (colours by their luma), 3 for red, green and blue.</param>
    /// <param name="background">What shows through where it is transparent; null for white.</param>
    /// <param name="resizes">Whether a picture of another size is drawn at that one instead of refused.</param>
    /// <param name="tell">Is told what is lost: proportions, or colours; null for nobody.</param>
    /// <returns>A set of one image without a label.</returns>
    /// <exception cref="UserException">The file is missing, damaged, no picture, or of another size.</exception>
    public static ImageSet Read(
        string path, int height, int width, int channels, PictureBackground? background = null,
        bool resizes = false, Action<string>? tell = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        using IImageFile file = ImageBackend.Current.Open(path);
        if (!resizes && (file.Height, file.Width) != (height, width))
        {
            throw new UserException(
                $"{path}: {file.Height}×{file.Width} pixels, and the model takes {height}×{width}; resize the picture");
        }
        RasterImage image = file.Decode(coloured: channels == 3, (height, width), background ?? PictureBackground.White);
        if (file.LosesColours)
            tell?.Invoke($"{path}: has colours, read as grey as the model takes it");
        if (file.IsStretchedTo(height, width))
        {
            tell?.Invoke(
                $"{path}: {file.Height}×{file.Width} pixels, stretched to the {height}×{width} of the model; cut it to these proportions to "
                + "keep what it shows in shape");
        }
        return new ImageSet(image.Pixels, null, height, width, channels) { ExampleNames = [Path.GetFileName(path)] };
    }
}

/// <summary>A folder of pictures, as a data format.</summary>
internal sealed class ImageFolderFormat : IDataFormat
{
    /// <inheritdoc/>
    public string Name => "pictures";

    /// <inheritdoc/>
    public string Summary => $"a folder of pictures ({ImageFormats.Kinds}), whose subfolders are classes";

    /// <inheritdoc/>
    public bool Recognizes(string path) => Directory.Exists(path) && ImageFolder.HasPictures(path);

    /// <inheritdoc/>
    public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings) => ImageFolder.Read(path, settings);
}
