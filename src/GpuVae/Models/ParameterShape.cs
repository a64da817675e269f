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
/// <param name="Shape">Of any rank.</param>
/// <param name="Value">The numbers, row-major.</param>
public readonly record struct SavedTensor(string Name, int[] Shape, View<float> Value);

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
}
