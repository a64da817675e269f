using GpuVae.Data;

namespace GpuVae.Runs;

/// <content>Data: what is read, and how. It is known by its fingerprint, so that it may have moved.</content>
public sealed partial record RunConfiguration
{
    /// <summary>The name of a set, a folder or a file; see <see cref="DataSettings.Data"/>.</summary>
    [Setting(
        "A set by its name", More = $"All but {Datasets.MnistName} are downloaded once.",
        Default = $"{Datasets.MnistName}, which comes along", Suggestions = nameof(DatasetNames),
        OtherValues = nameof(FormatSummaries), Placeholder = "NAME|PATH", Group = SettingGroup.Data, JsonOrder = 3,
        MayChange = true)]
    public string Data { get; init; } = Datasets.MnistName;

    /// <summary>Of a CSV file: the column of the labels; see <see cref="CsvReader"/>.</summary>
    [Setting(
        "Of a CSV file: the column with the labels by its name in the header, its position from 1, first or last.",
        Default = $"the one that is called {CsvReader.LabelName}, if there is one", Placeholder = "NAME|N",
        Group = SettingGroup.Data, JsonOrder = 21)]
    public string? LabelColumn { get; init; }

    /// <summary>Where the data lay when the run began, from the root; null for a set that has a name.</summary>
    [Setting(JsonOrder = 51, MayChange = true, OmitDefault = true)]
    public string? DataPath { get; init; }

    /// <summary>Of a table: whether its first row names the columns.</summary>
    [Setting(
        "Of a table: whether its first row names the columns", Choices = nameof(Registry.Headers),
        Group = SettingGroup.Data, JsonOrder = 52, OmitDefault = true)]
    public string Header { get; init; } = "auto";

    /// <summary>Of a table: columns to leave out.</summary>
    [Setting(
        "Of a table: columns to leave out, by name, position from 1 or range of positions (3-7); a name with a comma stands in double "
        + "quotes: '\"a, b\"'.", Default = "none",
        Placeholder = "NAME|N|N-M,…", Group = SettingGroup.Data, JsonOrder = 53, OmitDefault = true)]
    public string[] Drop { get; init; } = [];

    /// <summary>Of a table: the only columns to take; none for all.</summary>
    [Setting(
        "Of a table: the only columns to take, in the same words.", Default = "all", Placeholder = "NAME|N|N-M,…",
        Group = SettingGroup.Data, JsonOrder = 54, OmitDefault = true)]
    public string[] Columns { get; init; } = [];

    /// <summary>Of a table: columns of words; see <see cref="DataSettings.Categorical"/>.</summary>
    [Setting(
        "Of a table: columns of words, which become categories with a likelihood of their own, in the same words; auto: "
        + "all columns of text.",
        Default = "none", Placeholder = "NAME|N|auto,…", Group = SettingGroup.Data, JsonOrder = 61, OmitDefault = true)]
    public string[] Categorical { get; init; } = [];

    /// <summary>What becomes of cells that are missing.</summary>
    [Setting(
        "What becomes of cells that are missing (empty, NaN, NA, ? or -)", Choices = nameof(Registry.MissingCells),
        Group = SettingGroup.Data, JsonOrder = 55, OmitDefault = true)]
    public string Missing { get; init; } = "refuse";

    /// <summary>Whether columns of their own say where cells are missing.</summary>
    [Setting(
        "With --missing mean or median: marks the missing cells of each column in columns of its own, which are learned too.",
        Default = "none", Group = SettingGroup.Data, JsonOrder = 62, OmitDefault = true)]
    public bool MaskMissing { get; init; }

    /// <summary>Of an archive: the array with the examples.</summary>
    [Setting(
        "Of a .npz file: the array with the examples.", Default = "x_train, x, data or another usual name",
        Placeholder = "NAME", Group = SettingGroup.Data, JsonOrder = 56, OmitDefault = true)]
    public string? Array { get; init; }

    /// <summary>What shows through transparent pictures.</summary>
    [Setting(
        "What shows through transparent pictures: white, black or a colour as #rrggbb.", Placeholder = "COLOUR",
        Check = nameof(CheckBackground), Group = SettingGroup.Data, JsonOrder = 57, OmitDefault = true)]
    public string Background { get; init; } = "white";

    /// <summary>Whether damaged pictures are left out.</summary>
    [Setting(
        "Leaves damaged pictures of a folder out, and counts them.", Default = "refuses them",
        Group = SettingGroup.Data, JsonOrder = 58, OmitDefault = true)]
    public bool SkipDamaged { get; init; }

    /// <summary>The names of the columns that the model takes, in their order; none where nobody named them.</summary>
    [Setting(JsonOrder = 59, OmitDefault = true)]
    public string[] ColumnNames { get; init; } = [];

    /// <summary>What stands for missing cells in each column, as the training examples gave it.</summary>
    [Setting(JsonOrder = 60, OmitDefault = true)]
    public double[] FillValues { get; init; } = [];

    /// <summary>The columns of words with their levels, as the training examples gave them.</summary>
    [Setting(JsonOrder = 63, OmitDefault = true)]
    public Category[] Categories { get; init; } = [];

    /// <summary>Columns of numbers, from 0, whose missing cells are marked.</summary>
    [Setting(JsonOrder = 64, OmitDefault = true)]
    public int[] MaskedColumns { get; init; } = [];

    /// <summary>What stands before decimals in a table, a point or a comma, where other tables may leave it open.</summary>
    [Setting(JsonOrder = 65, OmitDefault = true, Check = nameof(CheckDecimalMark))]
    public string? DecimalMark { get; init; }

    /// <summary>The size that images are drawn at, or that rows are taken as; see <see cref="Data.ImageSize.Parse"/>.</summary>
    [Setting(
        "Draws pictures of a folder at this size, or takes rows of numbers as images of it.", Default = "as they are",
        Check = nameof(CheckImageSize), Placeholder = "N|HxW", Group = SettingGroup.Data, JsonOrder = 22)]
    public string? ImageSize { get; init; }

    /// <summary>The file that decoded pictures of a folder are kept in; see <see cref="DataSettings.Cache"/>.</summary>
    [Setting(
        "Keeps decoded pictures of a folder in this file, and reads them from it the next time.",
        Default = "none; one in the cache folder where they stay on disk", Placeholder = "FILE",
        Group = SettingGroup.Data, JsonOrder = 76, MayChange = true, OmitDefault = true)]
    public string? Cache { get; init; }

    /// <summary>
    /// Memory that examples may take; pictures beyond it stay in their file. Where they do this says how much a window of them has, so that
    /// the same run sees them in the same order; null where they are in memory and nobody said how much that may be.
    /// </summary>
    [Setting(
        "Memory that pictures may take; more than that stay on disk, and epochs permute blocks of them and the pictures of some blocks. A "
        + "quarter of it has to hold a batch.",
        Default = "half of what there is, and 2GiB for what is beyond that", Check = nameof(CheckDataMemory), Placeholder = "500MB|2GB",
        Group = SettingGroup.Data, JsonOrder = 75, OmitDefault = true)]
    public string? DataMemory
    {
        get;

        // 500000 is 500kB, also to a run that goes on.
        init => field = ByteSize.Normalize(value);
    }

    /// <summary>What pictures of a folder become.</summary>
    [Setting(
        "What pictures of a folder become", Choices = nameof(Registry.Colors), Group = SettingGroup.Data, JsonOrder = 23)]
    public string Color { get; init; } = "grey";

    /// <summary>What becomes of real numbers.</summary>
    [Setting(
        "What becomes of real numbers, by what the training examples are",
        More = "Bytes of pictures are divided by 255 with none.", Choices = nameof(Registry.Scalings),
        Group = SettingGroup.Data, JsonOrder = 24)]
    public string Scale { get; init; } = "none";

    /// <summary>What is taken from real numbers, for all or for each column, as the training examples gave it.</summary>
    [Setting(JsonOrder = 25)]
    public double[] ScaleOffsets { get; init; } = [];

    /// <summary>What they are multiplied with after that.</summary>
    [Setting(JsonOrder = 26)]
    public double[] ScaleFactors { get; init; } = [];

    /// <summary>
    /// The part held out for testing of a set without a test part; null for <see cref="Datasets.DefaultHoldOut"/>.
    /// </summary>
    [Setting(
        "The part to test with, drawn by the seed, where the data has no test part.", Default = Datasets.DefaultHoldOut,
        Above = 0, Below = 1, Group = SettingGroup.Data, JsonOrder = 27)]
    public double? HoldOut { get; init; }

    /// <summary>Train on the first so many images only; null for all.</summary>
    [Setting(
        "Uses only the first N training images.", Default = "all", AtLeast = 1, Unit = "training images",
        Group = SettingGroup.Data, JsonOrder = 19)]
    public int? Limit { get; init; }

    /// <summary>Whether the test images are trained on too.</summary>
    [Setting(
        "Trains on the test images too, for a last model or to repeat what was published so; the test loss then says nothing "
            + "of new images.",
        Default = "never", Group = SettingGroup.Data, JsonOrder = 68, OmitDefault = true)]
    public bool TrainOnAll { get; init; }

    /// <summary>Names of the classes to train on and to be measured by; none for all.</summary>
    [Setting(
        "Uses only the images of these classes, by the names of their labels, to train on and to measure by: the normal "
            + "ones, for a model that is to find the others (gpuvae detect).",
        Default = "all", Placeholder = "CLASS,…", Group = SettingGroup.Data, JsonOrder = 20)]
    public string[] TrainLabels { get; init; } = [];

    /// <summary>What a model sees of a pixel.</summary>
    [Setting(
        "What the model sees of a pixel, as input and as target", Choices = nameof(Registry.Encodings),
        Group = SettingGroup.Data, JsonOrder = 4)]
    public string Binarize { get; init; } = "none";

    /// <summary>What is done to training examples at random; see <see cref="AugmentationText"/>.</summary>
    [Setting(
        "Changes training pictures at random, afresh at every visit, and never test pictures; words between commas, as in flip,shift2",
        More = "Flips are for what means the same in a mirror, which digits do not.", Explains = nameof(AugmentationWords),
        Default = "nothing", Placeholder = "WORD,…", Check = nameof(CheckAugment), Group = SettingGroup.Data, JsonOrder = 70,
        OmitDefault = true)]
    public string? Augment { get; init; }

    /// <summary>Identifies pixels and labels of the data set; null where nobody has computed it.</summary>
    [Setting(JsonOrder = 48, MayChange = true)]
    public string? DataFingerprint { get; init; }
}
