namespace GpuVae.Data;

/// <summary>Finds and loads data sets.</summary>
public static class Datasets
{
    /// <summary>The name of the data set that comes with the program.</summary>
    public const string MnistName = "mnist";

    private static readonly string[] TrainNames = ["train"];
    private static readonly string[] TestNames = ["t10k", "test"];

    /// <summary>
    /// MNIST: 60,000 and 10,000 images of 28×28 handwritten digits with labels 0–9 (LeCun, Cortes and Burges), from
    /// the files beside the program.
    /// </summary>
    /// <exception cref="DataException">The files are missing or damaged.</exception>
    public static Dataset Mnist() => Load(Path.Combine(AppContext.BaseDirectory, MnistName)) with { Name = MnistName };

    /// <summary>
    /// What <c>--data</c> means: MNIST for null or <c>mnist</c>, else a folder of IDX files. A folder of the name
    /// <c>mnist</c> is reached as <c>./mnist</c>.
    /// </summary>
    /// <exception cref="DataException">The data set is missing or damaged.</exception>
    public static Dataset Open(string? folder) => folder is null or MnistName ? Mnist() : Load(folder);

    /// <summary>
    /// A folder of IDX files, plain or gzip: <c>train-images-idx3-ubyte</c> and <c>t10k-images-idx3-ubyte</c> with
    /// or without <c>.gz</c>, and where there are labels <c>train-labels-idx1-ubyte</c> and
    /// <c>t10k-labels-idx1-ubyte</c>. <c>test</c> may stand for <c>t10k</c> and a point for the dash before
    /// <c>idx</c>. The training and the test files are decoded side by side.
    /// </summary>
    /// <exception cref="DataException">A file is missing, damaged or does not fit the others.</exception>
    public static Dataset Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Directory.Exists(folder))
        {
            throw new DataException(File.Exists(folder)
                ? $"{folder}: is a file; give the folder that holds the IDX files"
                : $"{folder}: no such folder; give a folder of IDX files, or leave --data out for MNIST");
        }
        (string Images, string? Labels) train = Find(folder, TrainNames, "training");
        (string Images, string? Labels) test = Find(folder, TestNames, "test");

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
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return new Dataset(name, trainSet, testSet);
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
        return new ImageSet(images.Pixels!, Array.ConvertAll(labels, label => (int)label), images.Height, images.Width);
    }

    private static (string Images, string? Labels) Find(string folder, string[] prefixes, string what)
    {
        foreach (string prefix in prefixes)
        {
            string? images = FindFile(folder, $"{prefix}-images", "idx3-ubyte");
            if (images is not null)
                return (images, FindFile(folder, $"{prefix}-labels", "idx1-ubyte"));
        }
        string names = string.Join(" or ", prefixes.Select(prefix => $"{prefix}-images-idx3-ubyte[.gz]"));
        var everything = new EnumerationOptions { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };
        bool empty = !Directory.EnumerateFileSystemEntries(folder, "*", everything).Any();
        string content = empty ? " (the folder is empty)" : "";
        throw new DataException($"{folder}: no {what} images{content}; looked for {names}");
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
