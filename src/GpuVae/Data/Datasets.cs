using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>Examples to train with and examples to judge by, all of one size.</summary>
/// <param name="Name">A short name for tables and run folders: <c>mnist</c>, or the name of the folder or file.</param>
/// <param name="Train">The examples that training sees.</param>
/// <param name="Test">The examples that training never sees.</param>
public sealed record Dataset(string Name, ImageSet Train, ImageSet Test)
{
    /// <summary>What was done to real numbers, so that it can be done to others.</summary>
    public Scaling Scaling { get; init; } = Scaling.None;

    /// <summary>Where the test part comes from, for a person; empty where the set has one of its own.</summary>
    public string Split { get; init; } = "";
}

/// <summary>Finds and loads data sets.</summary>
public static class Datasets
{
    /// <summary>The name of the data set that comes with the program.</summary>
    public const string MnistName = "mnist";

    /// <summary>The part that is kept for testing where a set has no test part and nothing else is asked for.</summary>
    public const double DefaultHoldOut = 0.1;

    /// <summary>The sets that have a name; all but MNIST are downloaded when they are first asked for.</summary>
    public static IReadOnlyList<string> Names { get; } = [MnistName, .. RemoteSet.All.Select(set => set.Name)];

    /// <summary>
    /// MNIST: 60,000 and 10,000 images of 28×28 handwritten digits with labels 0–9 (LeCun, Cortes and Burges), from
    /// the files beside the program.
    /// </summary>
    /// <exception cref="DataException">The files are missing or damaged.</exception>
    public static Dataset Mnist() => Load(Path.Combine(AppContext.BaseDirectory, MnistName)) with { Name = MnistName };

    /// <summary>What <c>--data</c> alone means: MNIST for null, else see <see cref="Open(DataSettings, IProgress{DownloadProgress}?)"/>.</summary>
    /// <exception cref="UserException">The data set is missing or damaged.</exception>
    public static Dataset Open(string? data) => Open(new DataSettings { Data = data ?? MnistName });

    /// <summary>
    /// The examples that settings ask for. A folder that has the name of a set is reached as <c>./mnist</c>.
    /// </summary>
    /// <param name="settings">What and how.</param>
    /// <param name="progress">Is told how far a download is, or null.</param>
    /// <exception cref="UserException">The data set is missing or damaged, or cannot be had that way.</exception>
    public static Dataset Open(DataSettings settings, IProgress<DownloadProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string source = settings.Data;
        (ImageSet train, ImageSet? test) = Read(settings, progress);
        // In the order of the file, so that its row can be named; and NaN would spread over all that scaling touches.
        ValueCheck.RequireFinite(source, train);
        ValueCheck.RequireFinite($"{source}: test part", test);
        (train, test) = (Reshape(train, settings), test is null ? null : Reshape(test, settings));
        string split = "";
        if (test is not null && settings is { HoldOut: double asked, Whole: false })
        {
            throw new DataException(FormattableString.Invariant(
                $"{source}: --hold-out {asked}: the set has a test part of its own; leave --hold-out out"));
        }
        if (test is null && settings.Whole)
            test = train;
        if (test is null)
        {
            double part = settings.HoldOut ?? DefaultHoldOut;
            (train, test) = HoldOut.Divide(source, train, part, settings.Seed);
            split = FormattableString.Invariant($"{part} of the set, held out by seed {settings.Seed}");
        }
        RequireSameShape(source, train, test);

        Scaling scaling = settings.Scaling.Fit(train);
        scaling.Apply(source, train);
        if (test != train)
            scaling.Apply(source, test);
        string name = Names.Contains(source) ? source : NameOf(source);
        return new Dataset(name, train, test) { Scaling = scaling, Split = split };
    }

    /// <summary>A folder of IDX files; see <see cref="IdxReader"/>.</summary>
    /// <exception cref="DataException">A file is missing, damaged or does not fit the others.</exception>
    public static Dataset Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        (ImageSet train, ImageSet test) = IdxFolder.Read(folder);
        return new Dataset(NameOf(folder), train, test);
    }

    private static (ImageSet Train, ImageSet? Test) Read(DataSettings settings, IProgress<DownloadProgress>? progress)
    {
        string source = settings.Data;
        if (source == MnistName)
            return IdxFolder.Read(Path.Combine(AppContext.BaseDirectory, MnistName));
        if (RemoteSet.All.FirstOrDefault(set => set.Name == source) is RemoteSet remote)
            return IdxFolder.Read(remote.Fetch(progress));
        if (!Directory.Exists(source) && !File.Exists(source))
        {
            throw new DataException(
                $"{source}: no such file or folder; "
                + (ClosestName.Of(source, Names) is string near ? $"did you mean {near}? " : "")
                + $"--data takes {string.Join(", ", Names)}, {WhatDataCanBe()}");
        }
        return DataFormats.Find(source) is IDataFormat format ? format.Read(source, settings) : throw Unknown(source);
    }

    private static DataException Unknown(string source)
    {
        if (!Directory.Exists(source))
        {
            return new DataException(
                $"{source}: a file of a kind that is not read; --data takes {WhatDataCanBe()} (by its ending: .csv, .csv.gz, "
                + ".npy, .npz)");
        }
        var everything = new EnumerationOptions { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };
        bool empty = !Directory.EnumerateFileSystemEntries(source, "*", everything).Any();
        string others = string.Concat(DataFormats.Added.Select(format => $", and for {format.Summary}"));
        return new DataException(
            $"{source}: {(empty ? "the folder is empty" : "holds no data that is known")}; looked for IDX files "
            + "(train-images-idx3-ubyte[.gz] and t10k-images-idx3-ubyte[.gz]) and for pictures (PNG, JPEG, WebP), also in "
            + $"subfolders{others}");
    }

    /// <summary>The formats for a sentence: those that come with the library in one phrase, and those that were added.</summary>
    private static string WhatDataCanBe() => string.Join(
        ", ",
        DataFormats.Added.Select(format => format.Summary)
            .Prepend("a folder of IDX files or of pictures, a CSV file, or a .npy or .npz file"));

    private static void RequireSameShape(string source, ImageSet train, ImageSet test)
    {
        if ((train.Height, train.Width, train.Channels) == (test.Height, test.Width, test.Channels)
            && train.Pixels is null == test.Pixels is null)
        {
            return;
        }
        throw new DataException(
            $"{source}: test examples of {test.Height}×{test.Width}×{test.Channels} "
            + $"{(test.Pixels is null ? "real numbers" : "pixels")}, and those of training have "
            + $"{train.Height}×{train.Width}×{train.Channels} {(train.Pixels is null ? "real numbers" : "pixels")}; they "
            + "need the same size and kind");
    }

    /// <summary>Rows of numbers as images of the size that was asked for.</summary>
    private static ImageSet Reshape(ImageSet images, DataSettings settings)
    {
        if (settings.ImageSize is not ImageSize size || (images.Height, images.Width) == (size.Height, size.Width))
            return images;
        int pixels = size.Height * size.Width;
        bool divides = images.Height == 1 && images.Dimensions % pixels == 0;
        int channels = divides ? images.Dimensions / pixels : 0;
        if (channels is not (1 or 3))
        {
            throw new DataException(
                $"{settings.Data}: --image-size {size}: examples have {images.Height}×{images.Width}×{images.Channels} "
                + $"numbers, and images of that size {pixels}, or {3L * pixels} in colours");
        }
        return images.Pixels is byte[] bytes
            ? new ImageSet(bytes, images.Labels, size.Height, size.Width, channels, images.LabelNames)
            : new ImageSet(images.Values!, images.Labels, size.Height, size.Width, channels, images.LabelNames);
    }

    /// <summary>The folder's name, or the file's up to its first point.</summary>
    private static string NameOf(string path)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return Directory.Exists(path) || name.IndexOf('.') <= 0 ? name : name[..name.IndexOf('.')];
    }
}

/// <summary>Divides a set that has no test part.</summary>
internal static class HoldOut
{
    /// <summary>
    /// A part of the examples, drawn by the seed, becomes the test part; both keep the order of the set. The same set,
    /// part and seed give the same division.
    /// </summary>
    /// <param name="source">The file or folder, for messages.</param>
    /// <param name="all">Every example.</param>
    /// <param name="part">Above 0 and below 1; at least one example is on either side.</param>
    /// <param name="seed">Decides the draw.</param>
    /// <exception cref="DataException">There are less than two examples.</exception>
    public static (ImageSet Train, ImageSet Test) Divide(string source, ImageSet all, double part, ulong seed)
    {
        if (all.Count < 2)
            throw new DataException($"{source}: holds {all.Count} example; training and testing need at least one each");
        int tested = Math.Clamp((int)Math.Round(part * all.Count), 1, all.Count - 1);
        var order = new int[all.Count];
        Philox.FillPermutation(new RandomSource(seed, RandomPurpose.HoldOut), 0, order);
        int[] test = order[..tested], train = order[tested..];
        Array.Sort(test);
        Array.Sort(train);
        return (all.Take(train), all.Take(test));
    }
}
