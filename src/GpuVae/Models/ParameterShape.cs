using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>A tensor that is learned, before it has memory.</summary>
/// <param name="Name">As PyTorch would name it: <c>encoder.0.weight</c>.</param>
/// <param name="Shape">Of any rank, the outputs first: (out, in) for a dense weight, (out) for a bias.</param>
/// <param name="FanIn">Inputs that each output sums over; decides the spread of the first values.</param>
/// <param name="FanOut">Outputs that each input is part of.</param>
public sealed record ParameterShape(string Name, int[] Shape, int FanIn, int FanOut)
{
    /// <summary>The first value of each number, where it is not drawn.</summary>
    public double? Start { get; init; }

    /// <summary>
    /// Whether files have the last dimension second, as PyTorch has channels: (out, k, k, in) in memory, which is NHWC, is
    /// (out, in, k, k) in a file. The numbers are the same.
    /// </summary>
    public bool IsStoredChannelsFirst { get; init; }

    /// <summary>The shape in a file.</summary>
    public int[] StoredShape => IsStoredChannelsFirst && Shape.Length > 2 ? [Shape[0], Shape[^1], .. Shape[1..^1]] : Shape;

    /// <summary>Whether it is a weight: biases and scales, of rank 1, neither decay nor get a spread by some initialisers.</summary>
    public bool IsWeight => Shape.Length > 1;

    /// <summary>Numbers in it.</summary>
    public long Length => TensorLayout.LengthOf(Shape);

    /// <summary>Rows of the tensor's view: its first dimension; a tensor of rank 1 is one row.</summary>
    public int Rows => TensorLayout.RowsOf(Shape);

    /// <summary>Columns of the tensor's view: the product of the other dimensions.</summary>
    public int Columns => checked((int)(Length / Math.Max(1, Rows)));
}

/// <summary>A tensor that is learned, with what Adam keeps beside it; four views of the same shape.</summary>
public sealed class Parameter
{
    internal Parameter(ParameterShape shape) => Shape = shape;

    /// <summary>Its name and shape.</summary>
    public ParameterShape Shape { get; }

    /// <summary>θ (rows, columns).</summary>
    public View<float> Value { get; internal set; }

    /// <summary>∂L/∂θ (rows, columns).</summary>
    public View<float> Gradient { get; internal set; }

    /// <summary>Adam's m (rows, columns).</summary>
    public View<float> FirstMoment { get; internal set; }

    /// <summary>Adam's v (rows, columns).</summary>
    public View<float> SecondMoment { get; internal set; }
}

/// <summary>A tensor that belongs to a trained model and is not learned by gradients, such as a running mean.</summary>
public sealed class SavedState
{
    internal SavedState(string name, int[] shape, double start)
    {
        Name = name;
        Shape = shape;
        Start = start;
    }

    /// <summary>As PyTorch would name it: <c>encoder.1.running_mean</c>.</summary>
    public string Name { get; }

    /// <summary>Of any rank.</summary>
    public int[] Shape { get; }

    /// <summary>The first value of each number.</summary>
    public double Start { get; }

    /// <summary>(rows, columns), the first dimension and the product of the others; one row for rank 1.</summary>
    public View<float> Value { get; internal set; }
}

/// <summary>What a file keeps of a model: a name, a shape, and where the numbers are.</summary>
/// <param name="Name">As PyTorch would name it.</param>
/// <param name="Shape">Of any rank, as the file has it.</param>
/// <param name="Value">The numbers in memory.</param>
/// <param name="IsChannelsFirst">
/// Whether the file has the last dimension of memory second: see <see cref="ParameterShape.IsStoredChannelsFirst"/>.
/// </param>
public readonly record struct SavedTensor(string Name, int[] Shape, View<float> Value, bool IsChannelsFirst = false)
{
    /// <summary>Whether the two orders differ.</summary>
    private bool Moves => IsChannelsFirst && Shape.Length > 2;

    /// <summary>Copies the numbers from memory, into the order of the file.</summary>
    /// <param name="device">Where they are.</param>
    /// <param name="stored">As many.</param>
    public void Download(IDevice device, Span<float> stored)
    {
        ArgumentNullException.ThrowIfNull(device);
        device.Download(Value, stored);
        if (Moves)
            TensorLayout.Transpose(stored, Shape[0], (int)(Value.Length / Shape[0] / Shape[1]), Shape[1]);
    }

    /// <summary>Copies the numbers into memory, from the order of the file.</summary>
    /// <param name="device">Where they go.</param>
    /// <param name="stored">As many.</param>
    public void Upload(IDevice device, ReadOnlySpan<float> stored)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (!Moves)
        {
            device.Upload(stored, Value);
            return;
        }
        float[] values = stored.ToArray();
        TensorLayout.Transpose(values, Shape[0], Shape[1], values.Length / Shape[0] / Shape[1]);
        device.Upload<float>(values, Value);
    }
}

/// <summary>From a tensor of any rank to the matrix that operations see.</summary>
internal static class TensorLayout
{
    public static long LengthOf(int[] shape)
    {
        long length = 1;
        foreach (int size in shape)
            length = checked(length * size);
        return length;
    }

    public static int RowsOf(int[] shape) => shape.Length <= 1 ? 1 : shape[0];

    public static View<float> Place(DeviceBuffer<float> buffer, long offset, int[] shape)
    {
        int rows = RowsOf(shape);
        return new View<float>(buffer, offset, rows, checked((int)(LengthOf(shape) / Math.Max(1, rows))));
    }

    /// <summary>From <paramref name="count"/> matrices (rows, columns), one behind the other, to (columns, rows) each.</summary>
    public static void Transpose(Span<float> matrices, int count, int rows, int columns)
    {
        var matrix = new float[rows * columns];
        for (int i = 0; i < count; i++)
        {
            Span<float> place = matrices.Slice(i * matrix.Length, matrix.Length);
            place.CopyTo(matrix);
            for (int column = 0; column < columns; column++)
            {
                for (int row = 0; row < rows; row++)
                    place[(column * rows) + row] = matrix[(row * columns) + column];
            }
        }
    }
}
