using System.Text.RegularExpressions;

namespace GpuVae.Data;

/// <summary>
/// Reads a folder of IDX files, plain or gzip: <c>train-images-idx3-ubyte</c> and <c>t10k-images-idx3-ubyte</c> with or
/// without <c>.gz</c>, and where there are labels <c>train-labels-idx1-ubyte</c> and <c>t10k-labels-idx1-ubyte</c>.
/// <c>test</c> may stand for <c>t10k</c>, a point for the dash before <c>idx</c>, <c>idx4</c> for <c>idx3</c> where images
/// are coloured, and the name of the set before all, as in <c>emnist-letters-train-images-idx3-ubyte</c>. Without test
/// files the set has no test part. A single file of images is a set without one too.
/// </summary>
internal static partial class IdxFolder
{
    /// <summary>Whether the folder holds a file of images to train or test with.</summary>
    public static bool HasImages(string folder) => Find(folder).Count > 0;

    /// <summary>Whether a file is IDX: by its name, so that a damaged one is named, or by what it holds.</summary>
    public static bool IsFile(string path) => File.Exists(path) && (FileName().IsMatch(path) || IdxReader.Recognizes(path));

    /// <summary>Reads training and test files side by side.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="tell">Is told what was guessed, or null.</param>
    /// <param name="dataMemory">As of <see cref="DataSettings.DataMemory"/>.</param>
    /// <exception cref="DataException">A file is missing, damaged or does not fit the others.</exception>
    public static (ImageSet Train, ImageSet? Test) Read(string folder, Action<string>? tell = null, long? dataMemory = null)
    {
        IReadOnlyList<ImagesFile> files = Find(folder);
        string[] sets = [.. files.Select(file => file.Set).Distinct(StringComparer.Ordinal)];
        if (sets.Length > 1)
        {
            string names = PictureTree.First(sets.Select(set => set.Length == 0 ? "one without a name" : set));
            ImagesFile one = files.FirstOrDefault(file => !file.IsTest) ?? files[0];
            throw new DataException(
                $"{folder}: holds {sets.Length} sets of IDX files ({names}); give the training images of one, such as "
                + $"{one.Path}, or put each set into a folder of its own");
        }
        string trainPath = files.FirstOrDefault(file => !file.IsTest)?.Path ?? throw new DataException(
            $"{folder}: no training images; looked for train-images-idx3-ubyte[.gz]");
        if (files.FirstOrDefault(file => file.IsTest)?.Path is not string testPath)
        {
            tell?.Invoke(
                $"{folder}: no test images (t10k-images-idx3-ubyte[.gz] or test-images-idx3-ubyte[.gz]): they are held out of "
                + "those to train with (--hold-out says how much)");
            return Told(ReadSet(trainPath, dataMemory, tell), null, tell);
        }

        Task<ImageSet> testTask = Task.Run(() => ReadSet(testPath, dataMemory, tell: null));
        ImageSet trainSet;
        try
        {
            trainSet = ReadSet(trainPath, dataMemory, tell);
        }
        finally
        {
            // WaitAny waits without throwing: after an error no file is still open, and the training set's comes first.
            Task.WaitAny(testTask);
        }
        ImageSet testSet = testTask.GetAwaiter().GetResult();
        if ((testSet.Height, testSet.Width, testSet.Channels) != (trainSet.Height, trainSet.Width, trainSet.Channels))
        {
            throw new DataException(
                $"{testPath}: offset 8: images of {Size(testSet)} pixels, and those of {trainPath} have {Size(trainSet)}; they "
                + "need the same size");
        }
        return Told(trainSet, testSet, tell);
    }

    /// <summary>Reads one file of images, with the labels beside it where there are some.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tell">Is told what was guessed, or null.</param>
    /// <param name="dataMemory">As of <see cref="DataSettings.DataMemory"/>.</param>
    /// <exception cref="DataException">A file is damaged or does not fit the other.</exception>
    public static (ImageSet Train, ImageSet? Test) ReadFile(string path, Action<string>? tell = null, long? dataMemory = null)
    {
        tell?.Invoke(FindLabels(path) is string labels
            ? $"{path}: a single file, with the labels of {Path.GetFileName(labels)}"
            : $"{path}: a single file without labels; a file of labels has the same name with labels-idx1 for images-idx3");
        return Told(ReadSet(path, dataMemory, tell), null, tell);
    }

    /// <summary>The files of images in a folder by their names, so that the plain comes before the gzip.</summary>
    private static List<ImagesFile> Find(string folder)
    {
        string[] paths;
        try
        {
            paths = Directory.GetFiles(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
        List<ImagesFile> files = [];
        foreach (string path in paths.Where(path => ImagesName().IsMatch(Path.GetFileName(path))).Order(StringComparer.Ordinal))
        {
            Match match = ImagesName().Match(Path.GetFileName(path));
            string set = match.Groups["set"].Value.TrimEnd('-', '_', '.');
            files.Add(new ImagesFile(path, set, IsTest: match.Groups["part"].Value != "train"));
        }
        return files;
    }

    private static ImageSet ReadSet(string imagePath, long? dataMemory, Action<string>? tell)
    {
        ImageSet images = IdxReader.ReadImages(imagePath, dataMemory, tell);
        if (FindLabels(imagePath) is not string labelPath)
            return images;
        byte[] labels = IdxReader.ReadLabels(labelPath);
        if (labels.Length != images.Count)
        {
            throw new DataException(
                $"{labelPath}: offset 4: {labels.Length} labels for the {images.Count} images of {imagePath}; "
                + "each image needs one label (or remove the labels: they are optional)");
        }
        return images.WithLabels(Array.ConvertAll(labels, label => (int)label));
    }

    /// <summary>The file of labels that belongs to one of images by its name.</summary>
    private static string? FindLabels(string imagePath)
    {
        Match name = AnyImagesName().Match(Path.GetFileName(imagePath));
        if (!name.Success)
            return null;
        string folder = Path.GetDirectoryName(imagePath) ?? "";
        foreach (string separator in (ReadOnlySpan<string>)["-", "."])
        {
            foreach (string extension in (ReadOnlySpan<string>)["", ".gz"])
            {
                string path = Path.Combine(folder, $"{name.Groups["stem"].Value}labels{separator}idx1-ubyte{extension}");
                if (File.Exists(path))
                    return path;
            }
        }
        return null;
    }

    private static (ImageSet Train, ImageSet? Test) Told(ImageSet train, ImageSet? test, Action<string>? tell)
    {
        PixelReport.Tell(tell, train, test);
        return (train, test);
    }

    private static string Size(ImageSet images) =>
        $"{images.Height}×{images.Width}{(images.Channels == 1 ? "" : $"×{images.Channels}")}";

    [GeneratedRegex(
        @"^(?<set>[^.].*[-_.])?(?<part>train|t10k|test)-images[-.]idx[34]-ubyte(\.gz)?$", RegexOptions.CultureInvariant)]
    private static partial Regex ImagesName();

    [GeneratedRegex(@"^(?<stem>.*)images[-.]idx[34]-ubyte(\.gz)?$", RegexOptions.CultureInvariant)]
    private static partial Regex AnyImagesName();

    [GeneratedRegex(@"[-.]idx\d(-ubyte)?(\.gz)?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex FileName();

    /// <summary>A file of images by its name: of what set and what part.</summary>
    private sealed record ImagesFile(string Path, string Set, bool IsTest);
}

/// <summary>A folder of IDX files, or one of them, as a data format.</summary>
internal sealed class IdxFolderFormat : IDataFormat
{
    /// <inheritdoc/>
    public string Name => "idx";

    /// <inheritdoc/>
    public string Summary => "a folder of IDX files named as MNIST's are, or a single one of images";

    /// <inheritdoc/>
    public bool Recognizes(string path) => Directory.Exists(path) ? IdxFolder.HasImages(path) : IdxFolder.IsFile(path);

    /// <inheritdoc/>
    public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        (ImageSet train, ImageSet? test) = Directory.Exists(path)
            ? IdxFolder.Read(path, settings.Tell, settings.DataMemory)
            : IdxFolder.ReadFile(path, settings.Tell, settings.DataMemory);
        var own = new ImageSize(train.Height, train.Width);
        if (settings.ImageSize is ImageSize size && train.Height > 1 && size != own)
        {
            throw new DataException(
                $"{path}: --image-size {size}: images of an IDX file stay as they are, here {own}; leave --image-size out, or "
                + "give a folder of pictures");
        }
        return (train, test);
    }
}
