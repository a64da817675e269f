namespace GpuVae.Data;

/// <content>What becomes of examples between their file and a model.</content>
public static partial class Datasets
{
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
}
