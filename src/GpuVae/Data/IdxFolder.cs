namespace GpuVae.Data;

/// <summary>
/// Reads a folder of IDX files, plain or gzip: <c>train-images-idx3-ubyte</c> and <c>t10k-images-idx3-ubyte</c> with or
/// without <c>.gz</c>, and where there are labels <c>train-labels-idx1-ubyte</c> and <c>t10k-labels-idx1-ubyte</c>.
/// <c>test</c> may stand for <c>t10k</c> and a point for the dash before <c>idx</c>.
/// </summary>
internal static class IdxFolder
{
    private static readonly string[] _trainNames = ["train"];
    private static readonly string[] _testNames = ["t10k", "test"];

    /// <summary>Whether the folder holds one of the files of images.</summary>
    public static bool HasImages(string folder) =>
        FindImages(folder, _trainNames) is not null || FindImages(folder, _testNames) is not null;

    /// <summary>Reads training and test files side by side.</summary>
    /// <exception cref="DataException">A file is missing, damaged or does not fit the others.</exception>
    public static (ImageSet Train, ImageSet Test) Read(string folder)
    {
        (string Images, string? Labels) train = Find(folder, _trainNames, "training");
        (string Images, string? Labels) test = Find(folder, _testNames, "test");

        Task<ImageSet> testTask = Task.Run(() => ReadSet(test.Images, test.Labels));
        ImageSet trainSet;
        try
        {
            trainSet = ReadSet(train.Images, train.Labels);
        }
        finally
        {
            // WaitAny waits without throwing: after an error no file is still open, and the training set's comes first.
            Task.WaitAny(testTask);
        }
        ImageSet testSet = testTask.GetAwaiter().GetResult();
        if ((testSet.Height, testSet.Width) != (trainSet.Height, trainSet.Width))
        {
            throw new DataException(
                $"{test.Images}: offset 8: images of {testSet.Height}×{testSet.Width} pixels, and those of "
                + $"{train.Images} have {trainSet.Height}×{trainSet.Width}; they need the same size");
        }
        return (trainSet, testSet);
    }

    private static ImageSet ReadSet(string imagePath, string? labelPath)
    {
        ImageSet images = IdxReader.ReadImages(imagePath);
        if (labelPath is null)
            return images;
        byte[] labels = IdxReader.ReadLabels(labelPath);
        if (labels.Length != images.Count)
        {
            throw new DataException(
                $"{labelPath}: offset 4: {labels.Length} labels for the {images.Count} images of {imagePath}; "
                + "each image needs one label (or remove the labels: they are optional)");
        }
        return new ImageSet(
            images.Pixels!, Array.ConvertAll(labels, label => (int)label), images.Height, images.Width);
    }

    private static (string Images, string? Labels) Find(string folder, string[] prefixes, string what)
    {
        if (FindImages(folder, prefixes) is (string prefix, string images))
            return (images, FindFile(folder, $"{prefix}-labels", "idx1-ubyte"));
        string names = string.Join(" or ", prefixes.Select(prefix => $"{prefix}-images-idx3-ubyte[.gz]"));
        throw new DataException($"{folder}: no {what} images; looked for {names}");
    }

    private static (string Prefix, string Path)? FindImages(string folder, string[] prefixes)
    {
        foreach (string prefix in prefixes)
        {
            if (FindFile(folder, $"{prefix}-images", "idx3-ubyte") is string images)
                return (prefix, images);
        }
        return null;
    }

    private static string? FindFile(string folder, string stem, string suffix)
    {
        foreach (string name in (ReadOnlySpan<string>)[$"{stem}-{suffix}", $"{stem}.{suffix}"])
        {
            foreach (string extension in (ReadOnlySpan<string>)["", ".gz"])
            {
                string path = Path.Combine(folder, name + extension);
                if (File.Exists(path))
                    return path;
            }
        }
        return null;
    }
}

/// <summary>A folder of IDX files, as a data format.</summary>
internal sealed class IdxFolderFormat : IDataFormat
{
    /// <inheritdoc/>
    public string Name => "idx";

    /// <inheritdoc/>
    public string Summary => "a folder of IDX files named as MNIST's are";

    /// <inheritdoc/>
    public bool Recognizes(string path) => Directory.Exists(path) && IdxFolder.HasImages(path);

    /// <inheritdoc/>
    public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings) => IdxFolder.Read(path);
}
