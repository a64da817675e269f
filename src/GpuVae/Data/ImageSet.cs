namespace GpuVae.Data;

/// <summary>
/// Examples of one size (N, D), kept as they are uploaded: images of one byte a pixel and channel, or real numbers such
/// as those of a table or a heartbeat. An example has D = height·width·channels numbers, rows from the top, the channels
/// of a pixel side by side; a row of a table has height 1.
/// </summary>
public sealed class ImageSet
{
    /// <summary>Wraps bytes (0 black, 255 white); nothing is copied.</summary>
    /// <param name="pixels">(N, height·width·channels); N follows from its length.</param>
    /// <param name="labels">(N) the class of each image, or null where they have none.</param>
    /// <param name="height">Rows of an image, in pixels.</param>
    /// <param name="width">Columns of an image, in pixels.</param>
    /// <param name="channels">Numbers of a pixel: 1 for grey, 3 for red, green and blue.</param>
    /// <param name="labelNames">The name of each class; null for their numbers.</param>
    /// <exception cref="ArgumentException">The lengths do not fit the shape, or a label has no name.</exception>
    public ImageSet(
        byte[] pixels, int[]? labels, int height, int width, int channels = 1, IReadOnlyList<string>? labelNames = null)
        : this(pixels, null, pixels?.Length ?? 0, labels, (height, width, channels), labelNames) =>
        ArgumentNullException.ThrowIfNull(pixels);

    /// <summary>Wraps real numbers; nothing is copied.</summary>
    /// <param name="values">(N, height·width·channels); N follows from its length.</param>
    /// <param name="labels">(N) the class of each example, or null where they have none.</param>
    /// <param name="height">Rows of an example; 1 for a series or the row of a table.</param>
    /// <param name="width">Columns of an example.</param>
    /// <param name="channels">Numbers of a pixel.</param>
    /// <param name="labelNames">The name of each class; null for their numbers.</param>
    /// <exception cref="ArgumentException">The lengths do not fit the shape, or a label has no name.</exception>
    public ImageSet(
        float[] values, int[]? labels, int height, int width, int channels = 1, IReadOnlyList<string>? labelNames = null)
        : this(null, values, values?.Length ?? 0, labels, (height, width, channels), labelNames) =>
        ArgumentNullException.ThrowIfNull(values);

    private ImageSet(
        byte[]? pixels, float[]? values, int length, int[]? labels, (int Height, int Width, int Channels) shape,
        IReadOnlyList<string>? labelNames)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Channels);
        (Height, Width, Channels) = shape;
        Dimensions = checked(Height * Width * Channels);
        if (length % Dimensions != 0)
            throw new ArgumentException($"{length} numbers are no whole number of examples of {Dimensions}.");
        Count = length / Dimensions;
        if (labels is not null && labels.Length != Count)
            throw new ArgumentException($"{labels.Length} labels for {Count} images.", nameof(labels));
        int classes = labels is { Length: > 0 } ? labels.Max() + 1 : 0;
        if (labels is { Length: > 0 } && (labels.Min() < 0 || classes > (labelNames?.Count ?? classes)))
            throw new ArgumentException("A label without a name.", nameof(labels));
        Pixels = pixels;
        Values = values;
        Labels = labels;
        LabelNames = labels is null
            ? null
            : labelNames ?? [.. Enumerable.Range(0, classes).Select(label => $"{label}")];
    }

    /// <summary>Bytes (<see cref="Count"/>, <see cref="Dimensions"/>), or null where the examples are real numbers.</summary>
    public byte[]? Pixels { get; }

    /// <summary>Real numbers (<see cref="Count"/>, <see cref="Dimensions"/>), or null where the examples are bytes.</summary>
    public float[]? Values { get; }

    /// <summary>The class of each image, an index into <see cref="LabelNames"/>: (<see cref="Count"/>), or null.</summary>
    public int[]? Labels { get; }

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

    /// <summary>What an example is, for a person: <c>28×28 grey images, 10 classes</c>.</summary>
    public string DescribeShape()
    {
        string colours = Channels switch { 1 => "grey", 3 => "coloured", _ => $"{Channels}-channel" };
        string shape = Height == 1 ? $"{Dimensions} numbers each" : $"{Height}×{Width} {colours} images";
        return LabelNames is null ? shape : $"{shape}, {LabelNames.Count} class{(LabelNames.Count == 1 ? "" : "es")}";
    }

    /// <summary>The first <paramref name="count"/> images, or all of them where there are no more.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public ImageSet Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return count >= Count
            ? this
            : With(Pixels?[..(count * Dimensions)], Values?[..(count * Dimensions)], Labels?[..count]);
    }

    /// <summary>The images of these indices, in this order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ImageSet Take(ReadOnlySpan<int> indices)
    {
        byte[]? pixels = Pixels is null ? null : Take(Pixels, indices, Dimensions);
        float[]? values = Values is null ? null : Take(Values, indices, Dimensions);
        return With(pixels, values, Labels is null ? null : Take(Labels, indices, 1));
    }

    /// <summary>Copies examples as a model sees them: bytes as byte / 255, real numbers as they are.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="destination">(n, D); its length says how many.</param>
    /// <exception cref="ArgumentException">The length is no whole number of examples, or there are not so many.</exception>
    public void CopyTo(int first, Span<float> destination)
    {
        if (destination.Length % Dimensions != 0 || first < 0 || first > Count - (destination.Length / Dimensions))
            throw new ArgumentException($"{destination.Length} numbers of examples of {Dimensions} from {first}.");
        int start = first * Dimensions;
        if (Pixels is null)
        {
            Values.AsSpan(start, destination.Length).CopyTo(destination);
            return;
        }
        for (int i = 0; i < destination.Length; i++)
            destination[i] = Pixels[start + i] / 255f;
    }

    private static T[] Take<T>(T[] source, ReadOnlySpan<int> indices, int width)
    {
        var taken = new T[checked(indices.Length * width)];
        for (int i = 0; i < indices.Length; i++)
            source.AsSpan(indices[i] * width, width).CopyTo(taken.AsSpan(i * width));
        return taken;
    }

    private ImageSet With(byte[]? pixels, float[]? values, int[]? labels) =>
        new(pixels, values, pixels?.Length ?? values!.Length, labels, (Height, Width, Channels), LabelNames);
}
