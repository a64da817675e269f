using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>
/// Examples of one size (N, D), kept as they are uploaded: images of one byte a pixel and channel, or real numbers such
/// as those of a table or a heartbeat. An example has D = height·width·channels numbers, rows from the top, the channels
/// of a pixel side by side; a row of a table has height 1.
/// </summary>
public sealed partial class ImageSet
{
    /// <summary>What stands in <see cref="Labels"/> for an example whose label is missing.</summary>
    public const int NoLabel = -1;

    /// <summary>Wraps bytes (0 black, 255 white); nothing is copied.</summary>
    /// <param name="pixels">(N, height·width·channels); N follows from its length.</param>
    /// <param name="labels">(N) the class of each image, <see cref="NoLabel"/> for one without; null where none has one.</param>
    /// <param name="height">Rows of an image, in pixels.</param>
    /// <param name="width">Columns of an image, in pixels.</param>
    /// <param name="channels">Numbers of a pixel: 1 for grey, 3 for red, green and blue.</param>
    /// <param name="labelNames">The name of each class; null for their numbers.</param>
    /// <exception cref="ArgumentException">The lengths do not fit the shape, or a label has no name.</exception>
    public ImageSet(
        byte[] pixels, int[]? labels, int height, int width, int channels = 1, IReadOnlyList<string>? labelNames = null)
        : this(new ExampleNumbers(Pixels: pixels), labels, (height, width, channels), labelNames) =>
        ArgumentNullException.ThrowIfNull(pixels);

    /// <summary>Wraps real numbers; nothing is copied.</summary>
    /// <param name="values">(N, height·width·channels); N follows from its length.</param>
    /// <param name="labels">(N) the class of each example, <see cref="NoLabel"/> for one without; null where none has one.</param>
    /// <param name="height">Rows of an example; 1 for a series or the row of a table.</param>
    /// <param name="width">Columns of an example.</param>
    /// <param name="channels">Numbers of a pixel.</param>
    /// <param name="labelNames">The name of each class; null for their numbers.</param>
    /// <exception cref="ArgumentException">The lengths do not fit the shape, or a label has no name.</exception>
    public ImageSet(
        float[] values, int[]? labels, int height, int width, int channels = 1, IReadOnlyList<string>? labelNames = null)
        : this(new ExampleNumbers(Values: values), labels, (height, width, channels), labelNames) =>
        ArgumentNullException.ThrowIfNull(values);

    /// <summary>
    /// Wraps numbers as a file gave them, before float32 would lose what scaling needs: a time in seconds since 1970 keeps
    /// nothing below 128 s. Nothing is copied.
    /// </summary>
    /// <param name="exact">(N, height·width·channels); N follows from its length. NaN is a cell that is missing.</param>
    /// <param name="labels">(N) the class of each example, <see cref="NoLabel"/> for one without; null where none has one.</param>
    /// <param name="height">Rows of an example; 1 for a series or the row of a table.</param>
    /// <param name="width">Columns of an example.</param>
    /// <param name="channels">Numbers of a pixel.</param>
    /// <param name="labelNames">The name of each class; null for their numbers.</param>
    /// <exception cref="ArgumentException">The lengths do not fit the shape, or a label has no name.</exception>
    public ImageSet(
        double[] exact, int[]? labels, int height, int width, int channels = 1, IReadOnlyList<string>? labelNames = null)
        : this(new ExampleNumbers(Exact: exact), labels, (height, width, channels), labelNames) =>
        ArgumentNullException.ThrowIfNull(exact);

    /// <summary>Streamed bytes.</summary>
    /// <param name="stream">(N, height·width·channels).</param>
    /// <param name="height">Rows of an image, in pixels.</param>
    /// <param name="width">Columns of an image, in pixels.</param>
    /// <param name="channels">Numbers of a pixel.</param>
    internal ImageSet(StreamedBytes stream, int height, int width, int channels)
        : this(new ExampleNumbers(Stream: stream), labels: null, (height, width, channels), labelNames: null)
    {
    }

    private ImageSet(
        ExampleNumbers numbers, int[]? labels, (int Height, int Width, int Channels) shape, IReadOnlyList<string>? labelNames)
    {
        (Pixels, Values, Exact, Stream) = numbers;
        long length = Pixels?.Length ?? Values?.Length ?? Exact?.Length ?? ((long?)Stream?.Count * Stream?.Length) ?? 0;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Channels);
        (Height, Width, Channels) = shape;
        Dimensions = checked(Height * Width * Channels);
        if (length % Dimensions != 0)
            throw new ArgumentException($"{length} numbers are no whole number of examples of {Dimensions}.");
        Count = (int)(length / Dimensions);
        if (labels is not null && labels.Length != Count)
            throw new ArgumentException($"{labels.Length} labels for {Count} images.", nameof(labels));
        int classes = labels is { Length: > 0 } ? labels.Max() + 1 : 0;
        if (labels is { Length: > 0 } && (labels.Min() < NoLabel || classes > (labelNames?.Count ?? classes)))
            throw new ArgumentException("A label without a name.", nameof(labels));
        Labels = labels;
        LabelNames = labels is null
            ? null
            : labelNames ?? [.. Enumerable.Range(0, classes).Select(label => $"{label}")];
    }

    /// <summary>Others of what is known of a set, which stays known.</summary>
    private ImageSet(
        ImageSet known, ExampleNumbers numbers, int[]? labels, (int Height, int Width, int Channels) shape,
        IReadOnlyList<string>? labelNames)
        : this(numbers, labels, shape, labelNames)
    {
        ColumnNames = known.ColumnNames;
        ExampleNames = known.ExampleNames;
        Levels = known.Levels;
        Groups = known.Groups;
        Marks = known.Marks;
        DecimalMark = known.DecimalMark;
    }

    /// <summary>
    /// Bytes (<see cref="Count"/>, <see cref="Dimensions"/>), or null where the examples are real numbers, or stay in their file
    /// (<see cref="IsStreamed"/>).
    /// </summary>
    public byte[]? Pixels { get; }

    /// <summary>Real numbers (<see cref="Count"/>, <see cref="Dimensions"/>), or null where the examples are bytes.</summary>
    public float[]? Values { get; }

    /// <summary>
    /// Numbers (<see cref="Count"/>, <see cref="Dimensions"/>) as a file gave them, which a model does not take yet; null
    /// where the examples are bytes or were made float32.
    /// </summary>
    public double[]? Exact { get; }

    /// <summary>Whether the examples are bytes, in memory or in their file; else they are real numbers.</summary>
    public bool AreBytes => Pixels is not null || Stream is not null;

    /// <summary>
    /// Whether the examples are bytes that stay in their file, as more than memory is to hold: <see cref="CopyTo"/> and what works batch
    /// by batch read them from there.
    /// </summary>
    public bool IsStreamed => Stream is not null;

    /// <summary>The bytes that stay in their file, or null.</summary>
    internal StreamedBytes? Stream { get; }

    private ExampleNumbers Held => new(Pixels, Values, Exact, Stream);

    /// <summary>Bytes of memory that the examples take.</summary>
    internal long Bytes =>
        (Pixels?.LongLength ?? 0) + (sizeof(float) * (Values?.LongLength ?? 0)) + (sizeof(double) * (Exact?.LongLength ?? 0));

    /// <summary>What the numbers of an example are called, (<see cref="Dimensions"/>), or null where nobody named them.</summary>
    public IReadOnlyList<string>? ColumnNames { get; init; }

    /// <summary>
    /// Where each example stands, (<see cref="Count"/>): its row in the file, from 1, or the picture's path below its
    /// folder; null for its position.
    /// </summary>
    public IReadOnlyList<string>? ExampleNames { get; init; }

    /// <summary>
    /// Of numbers as a file gave them: the words that the numbers of a column stand for, by their positions, and null for a
    /// column of numbers: (<see cref="Dimensions"/>); null where there are no words.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>?>? Levels { get; init; }

    /// <summary>
    /// Of numbers as a model takes them: columns of each category, one after the other at the end of an example; see
    /// <see cref="Category"/>.
    /// </summary>
    public IReadOnlyList<int> Groups { get; init; } = [];

    /// <summary>How many of <see cref="Groups"/>, at the end, mark cells that were missing.</summary>
    public int Marks { get; init; }

    /// <summary>Of numbers as a file gave them: as of <see cref="Pipeline.DecimalMark"/>.</summary>
    internal char? DecimalMark { get; init; }

    /// <summary>Columns before those of categories.</summary>
    public int NumberColumns => Dimensions - Groups.Sum();

    /// <summary>Numbers, categories and marks of an example: as many as it says things.</summary>
    public int Variables => NumberColumns + Groups.Count;

    /// <summary>
    /// The class of each image, an index into <see cref="LabelNames"/>, or <see cref="NoLabel"/>: (<see cref="Count"/>); null
    /// where no example has one.
    /// </summary>
    public int[]? Labels { get; }

    /// <summary>Examples whose label is missing though others have one; 0 where there are no labels at all.</summary>
    public int UnlabelledCount => Labels is null ? 0 : Labels.Count(label => label == NoLabel);

    /// <summary>What the classes are called, or null where there are no labels.</summary>
    public IReadOnlyList<string>? LabelNames { get; }

    /// <summary>Rows of an image, in pixels; 1 for a series or the row of a table.</summary>
    public int Height { get; }

    /// <summary>Columns of an image, in pixels.</summary>
    public int Width { get; }

    /// <summary>Numbers of a pixel, side by side in memory: 1 for grey, 3 for red, green and blue.</summary>
    public int Channels { get; }

    /// <summary>N, the number of images.</summary>
    public int Count { get; }

    /// <summary>D, the numbers of an image: height·width·channels.</summary>
    public int Dimensions { get; }

    /// <summary>An example, of which height is 1 for a row of numbers.</summary>
    public Shape Shape => new(Height, Width, Channels);

    /// <summary>The name of an example's class; null where it has none.</summary>
    /// <param name="example">From 0.</param>
    public string? LabelOf(int example) =>
        Labels is null || Labels[example] == NoLabel ? null : LabelNames![Labels[example]];

    /// <summary>The examples that have a label, in their order; the same object where all of them have one.</summary>
    /// <exception cref="InvalidOperationException">There are no labels.</exception>
    public ImageSet Labelled()
    {
        if (Labels is null)
            throw new InvalidOperationException("These examples have no labels.");
        return UnlabelledCount == 0
            ? this
            : Take([.. Enumerable.Range(0, Count).Where(i => Labels[i] != NoLabel)]);
    }

    /// <summary>What an example is, for a person: <c>28×28 grey images, 10 classes</c>.</summary>
    public string DescribeShape()
    {
        string colours = Channels switch { 1 => "grey", 3 => "coloured", _ => $"{Channels}-channel" };
        int categories = Groups.Count - Marks;
        string[] parts =
        [
            Counted(NumberColumns, "number"),
            .. categories == 0 ? [] : (string[])[Counted(categories, "category", "categories")],
            .. Marks == 0 ? [] : (string[])[Counted(Marks, "mark of missing cells", "marks of missing cells")],
        ];
        string shape = Height > 1 ? $"{Height}×{Width} {colours} images"
            : parts.Length == 1 ? $"{parts[0]} each"
            : $"{string.Join(", ", parts[..^1])} and {parts[^1]} each";
        return LabelNames is null ? shape : $"{shape}, {LabelNames.Count} class{(LabelNames.Count == 1 ? "" : "es")}";
    }

    private static string Counted(int count, string one, string? many = null) =>
        $"{count} {(count == 1 ? one : many ?? $"{one}s")}";

    /// <summary>Copies examples as a model sees them: bytes as byte / 255, real numbers as they are.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="destination">(n, D); its length says how many.</param>
    /// <exception cref="ArgumentException">The length is no whole number of examples, or there are not so many.</exception>
    public void CopyTo(int first, Span<float> destination)
    {
        if (destination.Length % Dimensions != 0 || first < 0 || first > Count - (destination.Length / Dimensions))
            throw new ArgumentException($"{destination.Length} numbers of examples of {Dimensions} from {first}.");
        if (Exact is not null)
            throw new InvalidOperationException("These numbers have not gone through a pipeline.");
        if (Stream is not null)
        {
            CopyStreamed(Stream, first, destination);
            return;
        }
        int start = first * Dimensions;
        if (Pixels is null)
        {
            Values.AsSpan(start, destination.Length).CopyTo(destination);
            return;
        }
        for (int i = 0; i < destination.Length; i++)
            destination[i] = Pixels[start + i] / 255f;
    }

    private static void CopyStreamed(StreamedBytes stream, int first, Span<float> destination)
    {
        var bytes = new byte[destination.Length];
        stream.Read(first, bytes);
        for (int i = 0; i < bytes.Length; i++)
            destination[i] = bytes[i] / 255f;
    }

    /// <summary>The numbers of a set: one of these.</summary>
    private readonly record struct ExampleNumbers(
        byte[]? Pixels = null, float[]? Values = null, double[]? Exact = null, StreamedBytes? Stream = null);
}
