using System.IO.Compression;
using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>
/// Reads examples that NumPy saved: a <c>.npy</c> file (N, D), (N, height, width) or (N, height, width, channels), or a
/// <c>.npz</c> archive of such arrays with labels beside them, in C or in Fortran order. Images of uint8 are pixels; rows
/// of uint8, bool, and uint8 of 0 and 1 only are numbers as other types are.
/// </summary>
public static class NumpyReader
{
    internal const string NoLabels = "none";

    private static readonly string[] _trainNames =
    [
        "x_train", "train_x", "train_images", "images_train", "train", "x", "data", "images", "imgs", "features", "inputs",
        "arr_0",
    ];

    private static readonly string[] _trainLabelNames =
        ["y_train", "train_y", "train_labels", "labels_train", "y", "labels", "label", "target", "targets"];

    private static readonly string[] _testNames = ["x_test", "test_x", "test_images", "images_test", "test"];
    private static readonly string[] _testLabelNames = ["y_test", "test_y", "test_labels", "labels_test"];

    /// <summary>Reads a .npy or .npz file.</summary>
    /// <param name="path">The file; its first bytes say which it is.</param>
    /// <returns>As of <see cref="Read(DataSettings)"/>.</returns>
    /// <exception cref="DataException">As of <see cref="Read(DataSettings)"/>.</exception>
    public static (ImageSet Train, ImageSet? Test) Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Read(new DataSettings { Data = path });
    }

    /// <summary>Reads a .npy or .npz file as settings ask for it.</summary>
    /// <param name="settings">
    /// The file, the array of an archive, the columns of (N, D) to take and to leave out by their positions, and the
    /// labels: such a column, an array of the archive, or <c>none</c>; who is told of guesses.
    /// </param>
    /// <returns>
    /// The examples to train with, and those to test with where the archive has them. Types of more than 16 bits become
    /// <see cref="ImageSet.Exact"/> numbers, float32 stays as it is; NaN is a number that is missing.
    /// </returns>
    /// <exception cref="DataException">The file cannot be read, is damaged, or has no examples.</exception>
    public static (ImageSet Train, ImageSet? Test) Read(DataSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string path = settings.Data;
        try
        {
            using FileStream file = InputFile.Open(path);
            Span<byte> start = stackalloc byte[2];
            bool isArchive = file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start.SequenceEqual("PK"u8);
            file.Position = 0;
            if (isArchive)
                return ReadArchive(file, settings);
            if (settings.Array is not null)
                throw new DataException($"{path}: --array {QuotedText.Excerpt(settings.Array)}: a .npy file holds one array; leave --array out");
            PictureCache.Refuse(file, path);
            if (StreamedNpy.Open(file, settings) is ImageSet streamed)
                return (streamed, null);
            return (ToSet(new Part(NpyArray.Read(file, file.Length, path), path, null), null, settings).Train, null);
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException
                or ArgumentException or OverflowException)
        {
            string fault = exception is IOException or UnauthorizedAccessException ? exception.Message : "the archive is damaged";
            throw new DataException($"{path}: cannot be read: {fault}", exception);
        }
    }

    private static (ImageSet Train, ImageSet? Test) ReadArchive(FileStream file, DataSettings settings)
    {
        using var archive = new ZipArchive(file, ZipArchiveMode.Read);
        ZipArchiveEntry train = FindExamples(archive, settings);
        bool isUsual = Array.Exists(_trainNames, name => name.Equals(Name(train), StringComparison.OrdinalIgnoreCase));
        ZipArchiveEntry? test = isUsual || settings.Array is null ? Find(archive, _testNames) : null;
        // A name of an array is no column.
        ZipArchiveEntry? asked = settings.LabelColumn is string column ? Find(archive, column) : null;
        bool searches = settings.LabelColumn is null;
        if (asked is not null)
            settings = settings with { LabelColumn = null };
        ZipArchiveEntry? labels = searches ? Find(archive, LabelNames(train)) : asked;
        Part trainPart = ReadPart(train, labels, settings.Data);
        if (test is null || test == train)
            return (ToSet(trainPart, null, settings).Train, null);
        Part testPart = ReadPart(test, searches ? Find(archive, _testLabelNames) : null, settings.Data);
        return ToSet(trainPart, testPart, settings);
    }

    private static ZipArchiveEntry FindExamples(ZipArchive archive, DataSettings settings)
    {
        ZipArchiveEntry? found = settings.Array is string name
            ? Find(archive, name.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name)
            : Find(archive, _trainNames) ?? (archive.Entries.Count == 1 ? archive.Entries[0] : null);
        if (found is not null)
            return found;
        string names = string.Join(", ", archive.Entries.Take(10).Select(entry => QuotedText.Excerpt(Name(entry))));
        string holds = names.Length > 0 ? names : "nothing";
        throw new DataException(settings.Array is string wanted
            ? $"{settings.Data}: --array {QuotedText.Excerpt(wanted)}: no such array; it holds {holds}"
            : $"{settings.Data}: holds no array of examples; it holds {holds}, and looked for {string.Join(", ", _trainNames)}; "
                + "name one with --array");
    }

    /// <summary>Where the labels of an array are looked for: those of x_val in y_val.</summary>
    private static string[] LabelNames(ZipArchiveEntry examples)
    {
        string name = Name(examples);
        if (Array.Exists(_testNames, test => test.Equals(name, StringComparison.OrdinalIgnoreCase)))
            return _testLabelNames;
        return name.StartsWith("x_", StringComparison.OrdinalIgnoreCase) ? ["y" + name[1..], .. _trainLabelNames] : _trainLabelNames;
    }

    private static ZipArchiveEntry? Find(ZipArchive archive, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            ZipArchiveEntry? found = archive.Entries.FirstOrDefault(entry => Name(entry) == name)
                ?? archive.Entries.FirstOrDefault(entry => Name(entry).Equals(name, StringComparison.OrdinalIgnoreCase));
            if (found is not null)
                return found;
        }
        return null;
    }

    private static string Name(ZipArchiveEntry entry) =>
        entry.FullName.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? entry.FullName[..^4] : entry.FullName;

    private static Part ReadPart(ZipArchiveEntry examples, ZipArchiveEntry? labels, string path)
    {
        NpyArray array = ReadEntry(examples, path, allowTexts: false);
        string[]? texts = labels is null || labels == examples
            ? null
            : NumpyLabels.Of(
                ReadEntry(labels, path, allowTexts: true), array.Shape.FirstOrDefault(), $"{path}: {QuotedText.Excerpt(Name(labels))}");
        return new Part(array, $"{path}: {QuotedText.Excerpt(Name(examples))}", texts);
    }

    private static NpyArray ReadEntry(ZipArchiveEntry entry, string path, bool allowTexts)
    {
        string name = $"{path}: {QuotedText.Excerpt(Name(entry))}";
        if (entry.Length > DecompressionLimit.Of(entry.CompressedLength))
            throw new DataException($"{name}: {DecompressionLimit.Fault(entry.Length, entry.CompressedLength)}");
        using var content = CheckedContent.Zip(entry);
        var array = NpyArray.Read(content, entry.Length, name, allowTexts);
        content.Finish();
        return array;
    }

    private static (ImageSet Train, ImageSet? Test) ToSet(Part train, Part? test, DataSettings settings)
    {
        bool isBinary = NumpyImages.AreBinary(train.Array, test?.Array);
        (ImageSet trainSet, IReadOnlyList<string>? trainLabels) = ToImages(train, isBinary, settings);
        (ImageSet? testSet, IReadOnlyList<string>? testLabels) =
            test is null ? (null, null) : ToImages(test, isBinary, settings with { Tell = null });
        (int[][] classes, IReadOnlyList<string> names) = Labels.ToClasses(trainLabels ?? [], testLabels ?? []);
        if (trainLabels is not null && Labels.AreContinuous(trainSet.WithLabels(classes[0], names)))
        {
            settings.Tell?.Invoke(
                $"{train.Name}: nearly every example has a real number of its own as its label ({names.Count}): as classes they "
                + "say nothing (--label-column none: no labels)");
        }
        return (
            trainLabels is null ? trainSet : trainSet.WithLabels(classes[0], names),
            testLabels is null ? testSet : testSet!.WithLabels(classes[1], names));
    }

    private static (ImageSet Images, IReadOnlyList<string>? Labels) ToImages(Part part, bool isBinary, DataSettings settings)
    {
        ImageSet images = NumpyImages.Of(part.Array, part.Name, isBinary, settings);
        bool chooses = settings.Columns.Count + settings.Drop.Count > 0 || settings.LabelColumn is not (null or NoLabels);
        if (!chooses)
            return (images, part.Labels);
        if (part.Array.Shape.Length != 2)
        {
            throw new DataException(
                $"{part.Name}: has the shape ({part.Array.Sizes}); --columns, --drop and --label-column are for columns of "
                + "arrays (N, D)");
        }
        var choice = ColumnChoice.Of(part.Name, null, images.Dimensions, settings);
        IReadOnlyList<string>? labels = choice.Label is int label
            ? [.. Enumerable.Range(0, images.Count).Select(row => LabelOf(images, row, label))]
            : part.Labels;
        return (Select(images, choice.Numbers), labels);
    }

    private static string LabelOf(ImageSet images, int row, int column)
    {
        int index = (row * images.Dimensions) + column;
        double number = images.Exact?[index] ?? images.Values?[index] ?? images.Pixels![index];
        return Labels.Name(number);
    }

    private static ImageSet Select(ImageSet images, int[] columns) =>
        images.Exact is double[] exact ? new ImageSet(Select(exact, images, columns), null, 1, columns.Length)
        : images.Values is float[] values ? new ImageSet(Select(values, images, columns), null, 1, columns.Length)
        : new ImageSet(Select(images.Pixels!, images, columns), null, 1, columns.Length);

    private static T[] Select<T>(T[] source, ImageSet images, int[] columns)
    {
        var selected = new T[images.Count * columns.Length];
        for (int i = 0; i < selected.Length; i++)
            selected[i] = source[(i / columns.Length * images.Dimensions) + columns[i % columns.Length]];
        return selected;
    }

    /// <summary>An array of examples, what to call it in messages, and its labels.</summary>
    private sealed record Part(NpyArray Array, string Name, IReadOnlyList<string>? Labels);
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
    public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings) =>
        NumpyReader.Read(settings with { Data = path });
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
    public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings) =>
        NumpyReader.Read(settings with { Data = path });
}
