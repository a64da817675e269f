using System.IO.Compression;
using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>
/// Reads examples that NumPy saved: a <c>.npy</c> file (N, D), (N, height, width) or (N, height, width, channels), or a
/// <c>.npz</c> archive of such arrays with labels beside them. uint8 and bool are pixels, other types real numbers.
/// </summary>
public static class NumpyReader
{
    private static readonly string[] _trainNames =
        ["x_train", "train_x", "train_images", "images_train", "train", "x", "data", "images", "arr_0"];

    private static readonly string[] _trainLabelNames = ["y_train", "train_y", "train_labels", "labels_train", "y", "labels", "label"];
    private static readonly string[] _testNames = ["x_test", "test_x", "test_images", "images_test", "test"];
    private static readonly string[] _testLabelNames = ["y_test", "test_y", "test_labels", "labels_test"];

    /// <summary>Reads a .npy or .npz file.</summary>
    /// <param name="path">The file; its first bytes say which it is.</param>
    /// <returns>The examples to train with, and those to test with where the archive has them.</returns>
    /// <exception cref="DataException">The file cannot be read, is damaged, or has no examples.</exception>
    public static (ImageSet Train, ImageSet? Test) Read(string path)
    {
        try
        {
            using FileStream file = InputFile.Open(path);
            Span<byte> start = stackalloc byte[2];
            bool isArchive = file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start.SequenceEqual("PK"u8);
            file.Position = 0;
            return isArchive
                ? ReadArchive(file, path)
                : (ToImages(NpyArray.Read(file, file.Length, path), path), null);
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException
                or ArgumentException or OverflowException)
        {
            string fault = exception is IOException or UnauthorizedAccessException ? exception.Message : "the archive is damaged";
            throw new DataException($"{path}: cannot be read: {fault}", exception);
        }
    }

    private static (ImageSet Train, ImageSet? Test) ReadArchive(FileStream file, string path)
    {
        using var archive = new ZipArchive(file, ZipArchiveMode.Read);
        ZipArchiveEntry? train = Find(archive, _trainNames);
        if (train is null && archive.Entries.Count == 1)
            train = archive.Entries[0];
        if (train is null)
        {
            string names = string.Join(", ", archive.Entries.Take(10).Select(entry => QuotedText.Excerpt(Name(entry))));
            throw new DataException(
                $"{path}: holds no array of examples; it holds {(names.Length > 0 ? names : "nothing")}, and looked for "
                + string.Join(", ", _trainNames));
        }
        ImageSet trainSet = ToImages(ReadEntry(train, path), $"{path}: {QuotedText.Excerpt(Name(train))}");
        string[]? trainLabels = ReadLabels(Find(archive, _trainLabelNames), trainSet.Count, path);
        if (Find(archive, _testNames) is not ZipArchiveEntry test || test == train)
            return (WithLabels(trainSet, trainLabels is null ? null : Labels.ToClasses(trainLabels), 0), null);

        ImageSet testSet = ToImages(ReadEntry(test, path), $"{path}: {QuotedText.Excerpt(Name(test))}");
        string[]? testLabels = ReadLabels(Find(archive, _testLabelNames), testSet.Count, path);
        var numbered = Labels.ToClasses(trainLabels ?? [], testLabels ?? []);
        return (
            WithLabels(trainSet, trainLabels is null ? null : numbered, 0),
            WithLabels(testSet, testLabels is null ? null : numbered, 1));
    }

    private static ZipArchiveEntry? Find(ZipArchive archive, string[] names) => names
        .Select(name => archive.Entries.FirstOrDefault(
            entry => Name(entry).Equals(name, StringComparison.OrdinalIgnoreCase)))
        .FirstOrDefault(entry => entry is not null);

    private static string Name(ZipArchiveEntry entry) =>
        entry.FullName.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? entry.FullName[..^4] : entry.FullName;

    private static NpyArray ReadEntry(ZipArchiveEntry entry, string path)
    {
        string name = $"{path}: {QuotedText.Excerpt(Name(entry))}";
        if (entry.Length > DecompressionLimit.Of(entry.CompressedLength))
            throw new DataException($"{name}: {DecompressionLimit.Fault(entry.Length, entry.CompressedLength)}");
        using Stream content = entry.Open();
        return NpyArray.Read(content, entry.Length, name);
    }

    private static string[]? ReadLabels(ZipArchiveEntry? entry, int count, string path)
    {
        if (entry is null)
            return null;
        NpyArray array = ReadEntry(entry, path);
        int length = array.Pixels?.Length ?? array.Values!.Length;
        if (length != count || array.Shape.Count(size => size != 1) > 1)
        {
            throw new DataException(
                $"{path}: {Name(entry)}: {length} labels for {count} examples; each example needs one label");
        }
        return array.Pixels is byte[] bytes
            ? Array.ConvertAll(bytes, label => Labels.Name(label))
            : Array.ConvertAll(array.Values!, label => Labels.Name(label));
    }

    private static ImageSet WithLabels(ImageSet images, (int[][] Classes, IReadOnlyList<string> Names)? labels, int part) =>
        labels is not { } numbered
            ? images
            : images.Pixels is byte[] pixels
                ? new ImageSet(pixels, numbered.Classes[part], images.Height, images.Width, images.Channels, numbered.Names)
                : new ImageSet(images.Values!, numbered.Classes[part], images.Height, images.Width, images.Channels, numbered.Names);

    private static ImageSet ToImages(NpyArray array, string name)
    {
        (int Height, int Width, int Channels)? shape = array.Shape switch
        {
            [_, int width] => (1, width, 1),
            [_, int height, int width] => (height, width, 1),
            [_, int height, int width, int channels] => (height, width, channels),
            _ => null,
        };
        string sizes = string.Join(", ", array.Shape);
        if (shape is not (int rows, int columns, int depth))
        {
            throw new DataException(
                $"{name}: has the shape ({sizes}); examples are (N, D), (N, height, width) or (N, height, width, channels)");
        }
        if (array.Shape.Contains(0))
            throw new DataException($"{name}: has the shape ({sizes}): there is nothing in it");
        return array.Pixels is byte[] pixels
            ? new ImageSet(pixels, null, rows, columns, depth)
            : new ImageSet(array.Values!, null, rows, columns, depth);
    }
}

/// <summary>One array in a <c>.npy</c> file, as a data format.</summary>
internal sealed class NpyFormat : IDataFormat
{
    /// <inheritdoc/>
    public string Name => "npy";

    /// <inheritdoc/>
    public string Summary => "a .npy file";

    /// <inheritdoc/>
    public bool Recognizes(string path) => DataFormats.IsFileEndingIn(path, ".npy");

    /// <inheritdoc/>
    public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings) => NumpyReader.Read(path);
}

/// <summary>Arrays in a <c>.npz</c> archive, as a data format.</summary>
internal sealed class NpzFormat : IDataFormat
{
    /// <inheritdoc/>
    public string Name => "npz";

    /// <inheritdoc/>
    public string Summary => "a .npz file";

    /// <inheritdoc/>
    public bool Recognizes(string path) => DataFormats.IsFileEndingIn(path, ".npz");

    /// <inheritdoc/>
    public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings) => NumpyReader.Read(path);
}
