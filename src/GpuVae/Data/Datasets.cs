namespace GpuVae.Data;

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
    public static Dataset Mnist() => Load(MnistFolder(AppContext.BaseDirectory)) with { Name = MnistName };

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
        (ImageSet train, ImageSet? test) = Read(settings, progress);
        TellHeld(settings, train);
        return Make(settings, train, test);
    }

    /// <summary>What becomes of examples that were read: divided, and as a model takes them.</summary>
    /// <param name="settings">How; <see cref="DataSettings.Data"/> is what messages call them.</param>
    /// <param name="train">Examples as they were read.</param>
    /// <param name="test">Those to judge by; null where some are to be held out.</param>
    /// <exception cref="UserException">They cannot be had that way.</exception>
    internal static Dataset Make(DataSettings settings, ImageSet train, ImageSet? test)
    {
        string source = settings.Data;
        train = Prepare(source, train, settings);
        test = test is null ? null : Prepare($"{source}: test part", test, settings);
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
        if (settings is { TrainsOnAll: true, Whole: false })
            train = train.Append(test);

        // What is left out of training must not decide how training sees the rest.
        Pipeline pipeline = settings.Pipeline.Fit(source, TrainingPart(train, settings));
        bool isOne = test == train;
        (ImageSet read, ImageSet testRead) = (train, test);
        train = pipeline.Apply(source, train, settings.KeepsImpossible);
        test = isOne ? train : pipeline.Apply(source, test, settings.KeepsImpossible);
        string name = Names.Contains(source) ? source : NameOf(source);
        return new Dataset(name, train, test)
        {
            Pipeline = pipeline,
            Split = split,
            FlattenedColumns = Flattened(pipeline.NumbersOf(read), train),
            AsRead = settings.KeepsRead ? (read, testRead) : null,
        };
    }

    /// <summary>Where a file or folder lies, from the root; null for a set that has a name.</summary>
    public static string? AbsolutePath(string data) => Names.Contains(data) ? null : Path.GetFullPath(data);

    /// <summary>A folder of IDX files; see <see cref="IdxReader"/>.</summary>
    /// <exception cref="DataException">A file is missing, damaged or does not fit the others.</exception>
    public static Dataset Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        (ImageSet train, ImageSet? test) = IdxFolder.Read(folder);
        return test is null
            ? throw new DataException(
                $"{folder}: no test images; looked for t10k-images-idx3-ubyte[.gz] or test-images-idx3-ubyte[.gz]")
            : new Dataset(NameOf(folder), train, test);
    }

    /// <summary>
    /// What each part of a set goes through before it is divided and scaled, in the order of the file, so that its rows can be
    /// named.
    /// </summary>
    private static ImageSet Prepare(string source, ImageSet images, DataSettings settings)
    {
        images = settings.Pipeline.Align(source, images, settings.Tell);
        images = TellUnlabelled(source, images, settings);
        if (!settings.KeepsImpossible)
            ValueCheck.RequireFinite(source, images, allowsMissing: true);
        switch (settings.Pipeline.Missing)
        {
            case MissingRule.Refuse or MissingRule.Drop when settings.KeepsImpossible:
                break;
            case MissingRule.Refuse:
                MissingCells.Refuse(source, images, isTrained: settings.Dimensions is not null);
                break;
            case MissingRule.Drop:
                ImageSet whole = MissingCells.DropRows(images);
                if (whole.Count == 0)
                    throw new DataException($"{source}: every row has a missing cell; take --missing mean, or leave columns out with --drop");
                if (whole.Count < images.Count)
                    settings.Tell?.Invoke(Invariant($"{source}: left out {images.Count - whole.Count} of {images.Count} rows, in which cells are missing"));
                images = whole;
                break;
            default:
                TellFilled(source, images, settings);
                break;
        }
        ImageSet shaped = Reshape(images, settings);
        RequireRows(source, images, shaped, settings);
        return shaped;
    }

    /// <summary>Refuses images that were to get columns of their own, for words or for marks of missing cells.</summary>
    /// <exception cref="DataException">They were; the message names the option.</exception>
    private static void RequireRows(string source, ImageSet images, ImageSet shaped, DataSettings settings)
    {
        if (shaped.Height == 1 && shaped.Channels == 1)
            return;
        string what = FormattableString.Invariant(
            $"an image has pixels alone, and these examples are {shaped.Height}×{shaped.Width}×{shaped.Channels}");
        if (images.Levels is not null)
            throw new DataException($"{source}: --categorical: {what}; leave --image-size out, or the columns of words with --drop");
        if (settings.Dimensions is null && settings.Pipeline.MasksMissing && MissingCells.CountByColumn(images).Sum() > 0)
            throw new DataException($"{source}: --mask-missing: {what}; leave --mask-missing out, or give rows of numbers");
    }

    /// <summary>Tells of rows without a label; where no row has one there are no labels.</summary>
    private static ImageSet TellUnlabelled(string source, ImageSet images, DataSettings settings)
    {
        int count = images.UnlabelledCount;
        if (count == 0)
            return images;
        if (count == images.Count)
        {
            settings.Tell?.Invoke($"{source}: no example has a label, so there are none");
            return images.WithLabels(null);
        }
        settings.Tell?.Invoke(
            Invariant($"{source}: {count} of {images.Count} examples {(count == 1 ? "has" : "have")} no label: ")
            + (settings.TrainLabels.Count > 0 && !settings.Whole
                ? "--train-labels leaves them out"
                : "they are used all the same, and take no part in what is measured by label"));
        return images;
    }

    /// <summary>Tells of the missing cells that are filled, and of those among words, which stay a word of their own.</summary>
    private static void TellFilled(string source, ImageSet images, DataSettings settings)
    {
        int[] missing = MissingCells.CountByColumn(images);
        ILookup<bool, int> columns = Enumerable.Range(0, missing.Length).Where(column => missing[column] > 0)
            .ToLookup(column => images.Levels?[column] is not null);
        string Cells(bool words)
        {
            int count = columns[words].Sum(column => missing[column]);
            return Invariant($"{count} missing {(words ? "word" : "cell")}{(count == 1 ? "" : "s")} ({Missing(images, missing, [.. columns[words]])})");
        }

        // As they were read they stay missing.
        if (columns.Contains(false) && !settings.KeepsRead)
            settings.Tell?.Invoke($"{source}: filled {Cells(false)}");
        if (columns.Contains(true))
            settings.Tell?.Invoke($"{source}: {Cells(true)}: kept, as a category of its own");
    }

    /// <summary>How many cells are missing in which columns: <c>age 12, fare 1</c>.</summary>
    private static string Missing(ImageSet images, int[] missing, int[] columns)
    {
        const int Most = 8;
        return string.Join(", ", columns.Take(Most).Select(column => Invariant(
                $"{QuotedText.Excerpt(images.ColumnNames?[column] ?? $"column {column + 1}")} {missing[column]}")))
            + (columns.Length > Most ? ", …" : "");
    }

    private static int[] Flattened(ImageSet? read, ImageSet made)
    {
        if (read?.Exact is not double[] exact || made.Numbers().Values is not float[] values)
            return [];
        var changed = new bool[read.Dimensions];
        var changes = new bool[read.Dimensions];
        for (int i = 0; i < exact.Length; i++)
        {
            int column = i % read.Dimensions;
            changed[column] |= exact[i] != exact[column];
            changes[column] |= values[i] != values[column];
        }
        return [.. Enumerable.Range(0, changes.Length).Where(column => changed[column] && !changes[column])];
    }

    /// <summary>Where MNIST's files are beside a program.</summary>
    /// <param name="program">The folder of the program.</param>
    /// <exception cref="DataException">They are not there.</exception>
    internal static string MnistFolder(string program)
    {
        string folder = Path.Combine(program, MnistName);
        return Directory.Exists(folder)
            ? folder
            : throw new DataException(
                $"{MnistName}: {folder} is not there; the package GpuVae.Data.Mnist lays it beside a program that refers to it");
    }

    /// <summary>The examples that training sees.</summary>
    private static ImageSet TrainingPart(ImageSet train, DataSettings settings)
    {
        if (settings.Whole)
            return train;
        ImageSet part = settings.TrainLabels.Count == 0
            ? train
            : ClassSelection.Keep(train, settings.TrainLabels, "--train-labels");
        return settings.Limit is int limit ? part.Take(limit) : part;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static (ImageSet Train, ImageSet? Test) Read(DataSettings settings, IProgress<DownloadProgress>? progress)
    {
        string source = settings.Data;
        if (source == MnistName)
            return IdxFolder.Read(MnistFolder(AppContext.BaseDirectory), dataMemory: settings.DataMemory);
        if (RemoteSet.All.FirstOrDefault(set => set.Name == source) is RemoteSet remote)
            return IdxFolder.Read(remote.Fetch(progress), dataMemory: settings.DataMemory);
        if (!Directory.Exists(source) && !File.Exists(source))
        {
            throw new DataException(
                $"{source}: no such file or folder; "
                + (ClosestName.Of(source, Names) is string near ? $"did you mean {near}? " : "")
                + $"--data takes {string.Join(", ", Names)}, {WhatDataCanBe()}");
        }
        return DataFormats.Find(source) is IDataFormat format ? format.Read(source, settings) : throw Unknown(source);
    }

    /// <summary>Tells that examples are in memory as a whole, where less of it was allowed, and that there is nothing to decode.</summary>
    private static void TellHeld(DataSettings settings, ImageSet train)
    {
        if (settings.Cache is not null && (Names.Contains(settings.Data) || DataFormats.Find(settings.Data) is not ImageFolderFormat))
            settings.Tell?.Invoke($"{settings.Data}: --cache keeps what is decoded of a folder of pictures, and this is none: nothing is kept");
        if (train.Bytes > settings.DataMemory)
        {
            settings.Tell?.Invoke(
                $"{settings.Data}: --data-memory {ByteSize.Text(settings.DataMemory.Value)}: is read as a whole all the same; bytes of pictures stay in "
                + "plain IDX files, .npy files and caches of folders alone");
        }
    }

    private static DataException Unknown(string source)
    {
        if (!Directory.Exists(source))
        {
            return new DataException(OtherFormats.HowToConvert(source) is string command
                ? $"{source}: a file of a kind that is not read; {command}"
                : $"{source}: a file of a kind that is not read; --data takes {WhatDataCanBe()} (by its ending)");
        }
        var everything = new EnumerationOptions { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };
        bool empty = !Directory.EnumerateFileSystemEntries(source, "*", everything).Any();
        string others = string.Concat(DataFormats.Added.Select(format => $", and for {format.Summary}"));
        return new DataException(
            $"{source}: {(empty ? "the folder is empty" : "holds no data that is known")}; looked for IDX files "
            + "(train-images-idx3-ubyte[.gz] and t10k-images-idx3-ubyte[.gz]) and for pictures "
            + $"({Imaging.ImageFormats.Kinds}), also in subfolders{others}");
    }

    /// <summary>The formats for a sentence: those that come with the library in one phrase, and those that were added.</summary>
    private static string WhatDataCanBe() => string.Join(
        ", ",
        DataFormats.Added.Select(format => format.Summary)
            .Prepend("a folder of IDX files, of pictures or of .npy files, a CSV file, or a .npy or .npz file"));

    private static void RequireSameShape(string source, ImageSet train, ImageSet test)
    {
        if ((train.Height, train.Width, train.Channels) == (test.Height, test.Width, test.Channels)
            && train.AreBytes == test.AreBytes)
        {
            return;
        }
        throw new DataException(
            $"{source}: test examples of {test.Height}×{test.Width}×{test.Channels} "
            + $"{(test.AreBytes ? "pixels" : "real numbers")}, and those of training have "
            + $"{train.Height}×{train.Width}×{train.Channels} {(train.AreBytes ? "pixels" : "real numbers")}; they "
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
                + $"numbers, and images of that size {pixels}, or {3L * pixels} in colours; only pictures of a "
                + "folder are drawn at another size");
        }
        return images.WithShape(size.Height, size.Width, channels);
    }

    /// <summary>The folder's name, or the file's up to its first point.</summary>
    private static string NameOf(string path)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return Directory.Exists(path) || name.IndexOf('.') <= 0 ? name : name[..name.IndexOf('.')];
    }
}
