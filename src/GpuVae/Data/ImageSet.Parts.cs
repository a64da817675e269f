using System.Diagnostics.CodeAnalysis;

namespace GpuVae.Data;

/// <content>Sets that are made of one: some of its examples or columns, or the same with other labels, shapes or numbers.</content>
public sealed partial class ImageSet
{
    /// <summary>The first <paramref name="count"/> images, or all of them where there are no more.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public ImageSet Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return count >= Count
            ? this
            : Take([.. Enumerable.Range(0, count)]);
    }

    /// <summary>The images of these indices, in this order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ImageSet Take(ReadOnlySpan<int> indices)
    {
        string[]? names = ExampleNames is null ? null : Take<string>([.. ExampleNames], indices, 1);
        return new ImageSet(
            this,
            new ExampleNumbers(
                Take(Pixels, indices, Dimensions), Take(Values, indices, Dimensions), Take(Exact, indices, Dimensions),
                Stream is null ? null : new SelectedBytes(Stream, Selected(indices))),
            Take(Labels, indices, 1), (Height, Width, Channels), LabelNames)
        {
            ExampleNames = names,
        };
    }

    /// <summary>These images and behind them others of the same size and kind.</summary>
    /// <param name="others">Their classes are known by their names; without labels on either side there are none.</param>
    /// <exception cref="ArgumentException">They are of another size, or bytes where these are numbers.</exception>
    public ImageSet Append(ImageSet others)
    {
        ArgumentNullException.ThrowIfNull(others);
        if (others.Shape != Shape || others.AreBytes != AreBytes || others.IsStreamed != IsStreamed || others.Exact is null != Exact is null)
            throw new ArgumentException($"{others.DescribeShape()} behind {DescribeShape()}.", nameof(others));
        int[]? labels = null;
        string[]? labelNames = null;
        if (Labels is not null && others.Labels is not null)
        {
            string[] all = labelNames = [.. LabelNames!.Union(others.LabelNames!)];
            labels =
            [
                .. Labels,
                .. Enumerable.Range(0, others.Count).Select(
                    i => others.LabelOf(i) is string name ? Array.IndexOf(all, name) : NoLabel),
            ];
        }
        return new ImageSet(
            this,
            new ExampleNumbers(
                Join(Pixels, others.Pixels), Join(Values, others.Values), Join(Exact, others.Exact),
                Stream is null ? null : new JoinedBytes(Stream.Memory, Stream, others.Stream!)),
            labels, (Height, Width, Channels), labelNames)
        {
            ExampleNames = Join(ExampleNames?.ToArray(), others.ExampleNames?.ToArray()),
        };

        static T[]? Join<T>(T[]? first, T[]? second) => first is null || second is null ? null : [.. first, .. second];
    }

    /// <summary>The same examples with labels, or without.</summary>
    /// <param name="labels">(N), or null.</param>
    /// <param name="labelNames">The name of each class; null for their numbers.</param>
    /// <exception cref="ArgumentException">There are more or less labels than examples, or a label has no name.</exception>
    public ImageSet WithLabels(int[]? labels, IReadOnlyList<string>? labelNames = null) =>
        new(this, Held, labels, (Height, Width, Channels), labelNames);

    /// <summary>The same examples by other names.</summary>
    /// <param name="names">(N).</param>
    internal ImageSet WithNames(IReadOnlyList<string> names) =>
        new(this, Held, Labels, (Height, Width, Channels), LabelNames) { ExampleNames = names };

    /// <summary>The same numbers in another shape.</summary>
    /// <exception cref="ArgumentException">An example would have another number of numbers.</exception>
    public ImageSet WithShape(int height, int width, int channels) =>
        checked(height * width * channels) != Dimensions
            ? throw new ArgumentException($"{Dimensions} numbers are not {height}×{width}×{channels}.")
            : new ImageSet(this, Held, Labels, (height, width, channels), LabelNames);

    /// <summary>Some of the columns of real numbers, in this order.</summary>
    /// <param name="columns">From 0.</param>
    internal ImageSet TakeColumns(int[] columns)
    {
        T[] Pick<T>(T[] source)
        {
            var picked = new T[checked(Count * columns.Length)];
            for (int i = 0; i < picked.Length; i++)
                picked[i] = source[(i / columns.Length * Dimensions) + columns[i % columns.Length]];
            return picked;
        }

        return new ImageSet(
            this, new ExampleNumbers(Values: Values is null ? null : Pick(Values), Exact: Exact is null ? null : Pick(Exact)), Labels,
            (1, columns.Length, 1), LabelNames)
        {
            ColumnNames = ColumnNames is null ? null : [.. columns.Select(column => ColumnNames[column])],
            Levels = Levels is null ? null : [.. columns.Select(column => Levels[column])],
            Groups = [],
            Marks = 0,
        };
    }

    /// <summary>The same examples without the columns of categories; the same set where there are none.</summary>
    internal ImageSet Numbers() => Groups.Count == 0 ? this : TakeColumns([.. Enumerable.Range(0, NumberColumns)]);

    /// <summary>The number at a place of <see cref="Values"/> or <see cref="Exact"/>, or the byte.</summary>
    internal double Number(int index) => Values?[index] ?? Exact?[index] ?? Pixels![index];

    /// <summary>The same examples with other numbers as a file gives them, in the same order.</summary>
    /// <param name="exact">(<see cref="Count"/>, D).</param>
    internal ImageSet WithExact(double[] exact) =>
        new(this, new ExampleNumbers(Exact: exact), Labels, (Height, Width, Channels), LabelNames);

    /// <summary>The same examples as float32 numbers, in the same order.</summary>
    /// <param name="values">(<see cref="Count"/>, D).</param>
    internal ImageSet WithValues(float[] values) =>
        new(this, new ExampleNumbers(Values: values), Labels, (Height, Width, Channels), LabelNames);

    private int[] Selected(ReadOnlySpan<int> indices)
    {
        foreach (int index in indices)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(indices));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count, nameof(indices));
        }
        return indices.ToArray();
    }

    [return: NotNullIfNotNull(nameof(source))]
    private static T[]? Take<T>(T[]? source, ReadOnlySpan<int> indices, int width)
    {
        if (source is null)
            return null;
        var taken = new T[checked(indices.Length * width)];
        for (int i = 0; i < indices.Length; i++)
            source.AsSpan(indices[i] * width, width).CopyTo(taken.AsSpan(i * width));
        return taken;
    }
}
