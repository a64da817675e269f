using GpuVae.Imaging;

namespace GpuVae.Data;

/// <summary>
/// Reads a folder of pictures (PNG, JPEG, WebP). Its subfolders, where it has some, are the classes. Subfolders
/// <c>train</c> and <c>test</c> are the two parts of the set, each such a folder.
/// </summary>
public static class ImageFolder
{
    private static readonly string[] _endings = [".png", ".jpg", ".jpeg", ".webp"];
    private static readonly string[] _testNames = ["test", "val", "valid", "validation"];

    /// <summary>Whether there is a picture in the folder or in one of the subfolders that it may have.</summary>
    public static bool HasPictures(string folder) => Files(folder, deep: true).Any();

    /// <summary>Reads every picture.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="size">The size to draw them at; null where they have one size.</param>
    /// <param name="coloured">Whether they keep their colours.</param>
    /// <returns>The pictures to train with, and those to test with where the folder has them.</returns>
    /// <exception cref="UserException">
    /// A picture cannot be read, or, without a size, two of them have different ones; the message names them.
    /// </exception>
    public static (ImageSet Train, ImageSet? Test) Read(string folder, ImageSize? size, bool coloured)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string train = Path.Combine(folder, "train");
        string? test = _testNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(Directory.Exists);
        if (!Directory.Exists(train) || test is null)
        {
            List<(string Path, string? Label)> all = List(folder);
            return (Read(folder, all, size ?? SizeOf(all), coloured, Names(all)), null);
        }
        List<(string Path, string? Label)> trained = List(train), tested = List(test);
        ImageSize common = size ?? SizeOf([.. trained, .. tested]);
        IReadOnlyList<string>? names = Names([.. trained, .. tested]);
        return (
            Read(train, trained, common, coloured, names),
            Read(test, tested, common, coloured, names));
    }

    /// <summary>Whether a file is taken for a picture, by its ending.</summary>
    internal static bool IsPicture(string path) => _endings.Contains(Path.GetExtension(path).ToLowerInvariant());

    private static IEnumerable<string> Files(string folder, bool deep) => Directory
        .EnumerateFiles(
            folder, "*",
            new EnumerationOptions { RecurseSubdirectories = deep, MaxRecursionDepth = 2, IgnoreInaccessible = true })
        .Where(IsPicture);

    /// <summary>The pictures in the order of their names; a subfolder's are of its class.</summary>
    private static List<(string Path, string? Label)> List(string folder)
    {
        List<(string Path, string? Label)> pictures =
            [.. Files(folder, deep: false).Order(StringComparer.Ordinal).Select(path => (path, (string?)null))];
        string[] classes = [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)];
        foreach (string label in classes)
        {
            pictures.AddRange(Files(label, deep: false).Order(StringComparer.Ordinal)
                .Select(path => (path, (string?)Path.GetFileName(label))));
        }
        if (pictures.Count == 0)
            throw new DataException($"{folder}: holds no pictures; looked for {string.Join(", ", _endings)}");
        if (pictures.Exists(picture => picture.Label is null) && pictures.Exists(picture => picture.Label is not null))
        {
            string loose = pictures.First(picture => picture.Label is null).Path;
            throw new DataException(
                $"{loose}: lies beside folders of pictures, which are classes; put it into one of them or take it away");
        }
        return pictures;
    }

    private static IReadOnlyList<string>? Names(List<(string Path, string? Label)> pictures)
    {
        string[] names = [.. pictures.Select(picture => picture.Label).OfType<string>().Distinct(StringComparer.Ordinal)];
        return names.Length == 0 ? null : [.. names.Order(StringComparer.Ordinal)];
    }

    /// <summary>The size that all have.</summary>
    private static ImageSize SizeOf(List<(string Path, string? Label)> pictures)
    {
        ImageSize? first = null;
        foreach ((string path, _) in pictures)
        {
            using var file = new ImageFile(path);
            var size = new ImageSize(file.Height, file.Width);
            first ??= size;
            if (size != first)
            {
                throw new DataException(
                    $"{path}: {size} pixels, and {pictures[0].Path} has {first}; give --image-size to draw all at one size");
            }
        }
        return first!.Value;
    }

    private static ImageSet Read(
        string folder, List<(string Path, string? Label)> pictures, ImageSize size, bool coloured,
        IReadOnlyList<string>? names)
    {
        int channels = coloured ? 3 : 1, length = size.Height * size.Width * channels;
        MemoryLimit.Require(folder, (decimal)pictures.Count * size.Height * size.Width * channels, 1);
        var pixels = new byte[pictures.Count * length];
        var faults = new UserException?[pictures.Count];
        Parallel.For(0, pictures.Count, (index, state) =>
        {
            try
            {
                using var file = new ImageFile(pictures[index].Path);
                file.Decode(coloured, (size.Height, size.Width)).Pixels.CopyTo(pixels.AsSpan(index * length, length));
            }
            catch (UserException exception)
            {
                faults[index] = exception;
                state.Break();
            }
        });
        if (faults.FirstOrDefault(fault => fault is not null) is UserException first)
            throw first;
        int[]? labels = names is null
            ? null
            : [.. pictures.Select(picture => Enumerable.Range(0, names.Count).First(index => names[index] == picture.Label))];
        return new ImageSet(pixels, labels, size.Height, size.Width, channels, names);
    }
}

/// <summary>Reads single image files as examples for a model.</summary>
public static class ImageReader
{
    /// <summary>Whether a file is taken for a picture, by its ending.</summary>
    public static bool IsPicture(string path) => ImageFolder.IsPicture(path);

    /// <summary>Reads a PNG, JPEG or WebP file, grey or in colours as the model has it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="height">Rows that it has to have, in pixels.</param>
    /// <param name="width">Columns that it has to have, in pixels.</param>
    /// <param name="channels">1 for grey (colours by their luma), 3 for red, green and blue.</param>
    /// <param name="resizes">Whether a picture of another size is drawn at that one instead of refused.</param>
    /// <returns>A set of one image without a label.</returns>
    /// <exception cref="UserException">The file is missing, damaged, no picture, or of another size.</exception>
    public static ImageSet Read(string path, int height, int width, int channels, bool resizes = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        using var file = new ImageFile(path);
        if (!resizes && (file.Height, file.Width) != (height, width))
        {
            throw new UserException(
                $"{path}: {file.Height}×{file.Width} pixels, and the model takes {height}×{width}; resize the picture");
        }
        return new ImageSet(file.Decode(coloured: channels == 3, size: (height, width)).Pixels, null, height, width, channels);
    }
}

/// <summary>A folder of pictures, as a data format.</summary>
internal sealed class ImageFolderFormat : IDataFormat
{
    /// <inheritdoc/>
    public string Name => "pictures";

    /// <inheritdoc/>
    public string Summary => "a folder of pictures (PNG, JPEG, WebP), whose subfolders are classes";

    /// <inheritdoc/>
    public bool Recognizes(string path) => Directory.Exists(path) && ImageFolder.HasPictures(path);

    /// <inheritdoc/>
    public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings) =>
        ImageFolder.Read(path, settings.ImageSize, settings.Coloured);
}
