using System.Globalization;
using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>Which examples to read, and how.</summary>
public sealed record DataSettings
{
    /// <summary>
    /// The name of a set (<see cref="Datasets.Names"/>), a folder of IDX files or of images, or a CSV, .npy or .npz file.
    /// </summary>
    public string Data { get; init; } = Datasets.MnistName;

    /// <summary>Of a CSV file: the name of the column with the labels, its position from 1, <c>first</c> or <c>last</c>.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>
    /// The size that images of a folder are drawn at, or that rows of a file are taken as; null for what they are.
    /// </summary>
    public ImageSize? ImageSize { get; init; }

    /// <summary>The word for columns of words that are to be found by themselves.</summary>
    public const string Auto = "auto";

    /// <summary>Whether images of a folder keep their colours; else they become grey.</summary>
    public bool Coloured { get; init; }

    /// <summary>Of a table: whether its first row names the columns; see <see cref="HeaderRule"/>.</summary>
    public HeaderRule Header { get; init; }

    /// <summary>Of a table: columns to leave out, by name, position from 1, or range of positions (<c>3-7</c>).</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    /// <summary>Of a table: the only columns to take, in the same words; none for all.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>
    /// Of a table: columns of words, in the same words as <see cref="Drop"/>; <see cref="Auto"/> for all in which the first
    /// cell that is not missing is no number.
    /// </summary>
    public IReadOnlyList<string> Categorical { get; init; } = [];

    /// <summary>Of an archive: the array with the examples, or null for one of the usual names.</summary>
    public string? Array { get; init; }

    /// <summary>What shows through transparent pictures: <c>white</c>, <c>black</c> or <c>#rrggbb</c>.</summary>
    public string Background { get; init; } = "white";

    /// <summary>Whether damaged pictures of a folder are left out instead of refused.</summary>
    public bool SkipDamaged { get; init; }

    /// <summary>
    /// Of a folder: the file that decoded pictures are kept in for the next time; null for none, or one in
    /// <see cref="CacheFolder"/> where they are more than memory is to hold.
    /// </summary>
    public string? Cache { get; init; }

    /// <summary>
    /// Bytes of memory that pictures may take: more of them stay in their file (<see cref="ImageSet.IsStreamed"/>). Null for half of what
    /// this process may have.
    /// </summary>
    public long? DataMemory { get; init; }

    /// <summary>Is told how many pictures of a folder are decoded, by several threads; null for nobody.</summary>
    public IProgress<DecodingProgress>? Decoding { get; init; }

    /// <summary>
    /// Is told the shape of a folder's pictures, and how many there are to train on at most, before they are decoded, which may take
    /// minutes: it may throw what refuses them. Null for nobody.
    /// </summary>
    public Action<Shape, int>? BeforeDecoding { get; init; }

    /// <summary>Names of the classes to train on; none for all. What is found from training examples comes from these.</summary>
    public IReadOnlyList<string> TrainLabels { get; init; } = [];

    /// <summary>The first so many training examples only; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>
    /// Is told, a sentence at a time, what was guessed of the data and the option that says otherwise; null for nobody.
    /// </summary>
    public Action<string>? Tell { get; init; }

    /// <summary>What becomes of the numbers; what it does not know yet is found from the training examples.</summary>
    public Pipeline Pipeline { get; init; } = Pipeline.None;

    /// <summary>
    /// Whether examples that a model can give no probability stay instead of being refused, for scores, where such an example
    /// is an anomaly by definition: with NaN for a missing cell that is not filled and for a number that has no logarithm,
    /// and with infinity for a number that is infinite or becomes so.
    /// </summary>
    public bool KeepsImpossible { get; init; }

    /// <summary>Whether the examples are kept as they were read, before the pipeline, beside what it makes of them.</summary>
    public bool KeepsRead { get; init; }

    /// <summary>
    /// D, the numbers of an example that a model takes, where the data are other than its own: their file may then lack the
    /// column of the labels. Null where any number will do.
    /// </summary>
    public int? Dimensions { get; init; }

    /// <summary>The part of a set without a test part that is kept for testing; null for <see cref="Datasets.DefaultHoldOut"/>.</summary>
    public double? HoldOut { get; init; }

    /// <summary>
    /// Whether nothing is held out: both parts are then all examples of a set without a test part, as where a trained
    /// model is to see them.
    /// </summary>
    public bool Whole { get; init; }

    /// <summary>
    /// Whether the test part is trained on too: the training part is then all examples, and the test part some of them. It says
    /// nothing where <see cref="Whole"/> does.
    /// </summary>
    public bool TrainsOnAll { get; init; }

    /// <summary>Chooses the examples that are held out.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>How far the pictures of a folder are decoded.</summary>
/// <param name="Done">Pictures.</param>
/// <param name="Total">Of so many.</param>
public readonly record struct DecodingProgress(int Done, int Total);

/// <summary>Whether the first row of a table names its columns.</summary>
public enum HeaderRule
{
    /// <summary>The rows decide.</summary>
    Auto,

    /// <summary>It does.</summary>
    Yes,

    /// <summary>It is an example.</summary>
    No,
}

/// <summary>What becomes of cells of a table that are missing: empty, NaN, NA, ?, or a dash.</summary>
public enum MissingRule
{
    /// <summary>The table is refused, with the places.</summary>
    Refuse,

    /// <summary>Their rows are left out.</summary>
    Drop,

    /// <summary>They get the mean of their column over the training examples.</summary>
    Mean,

    /// <summary>They get the median of their column over the training examples.</summary>
    Median,
}

/// <summary>The size of an image in pixels.</summary>
public readonly record struct ImageSize(int Height, int Width)
{
    /// <summary>The largest side: of a square of it, four bytes a pixel fit an array.</summary>
    public const int Most = 16_384;

    /// <summary>Reads <c>28</c>, which is 28×28, or <c>20x30</c>, which is 20 rows of 30.</summary>
    /// <exception cref="UserException">It is neither.</exception>
    public static ImageSize Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('x', '×');
        if (parts.Length <= 2 && TryParse(parts[0], out int height) && TryParse(parts[^1], out int width))
            return new ImageSize(height, width);
        throw new UserException(
            $"--image-size {QuotedText.Excerpt(text)}: not a size such as 28 (28 rows of 28 pixels) or 20x30 (20 rows of 30), at most {Most}");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}");

    private static bool TryParse(string text, out int side) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out side) && side is >= 1 and <= Most;
}
