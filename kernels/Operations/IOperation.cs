namespace GpuVae.Kernels;

/// <summary>
/// One operation on device memory, as a value: its operands, in the order sources, sizes and settings, destinations. The
/// type's documentation says its maths, its source, and the shape of each operand. Given to <see cref="IDevice.Run"/>.
/// </summary>
/// <remarks>
/// A device looks for a kernel of the operation's type. Where it has none the operation <see cref="Expand"/>s into others,
/// so a new operation runs on every device as soon as it is written, and gets a kernel where that pays.
/// </remarks>
public interface IOperation
{
    /// <summary>What the operation reads and writes.</summary>
    IReadOnlyList<Operand> Operands { get; }

    /// <summary>Arithmetic and memory traffic of one execution.</summary>
    OperationCost Cost { get; }

    /// <summary>Refuses operands whose shapes do not fit together. Kernels rely on it and check no shape again.</summary>
    /// <exception cref="ArgumentException">Names the operand and the condition that it fails.</exception>
    void Check();

    /// <summary>Runs other operations that do the same, on a device that has no kernel for this one.</summary>
    /// <exception cref="DeviceException">This operation is not made of others.</exception>
    void Expand(IDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        throw new DeviceException(
            $"{device.Name} has no kernel for {GetType().Name}, which is not made of other operations; register one");
    }
}

/// <summary>What one execution of an operation costs at least.</summary>
/// <param name="Flops">Additions, multiplications and function values, one each.</param>
/// <param name="Bytes">Every source read once and every destination written once.</param>
public readonly record struct OperationCost(double Flops, double Bytes);

/// <summary>What an operation does with an operand.</summary>
public enum OperandRole
{
    /// <summary>It is read.</summary>
    Source,

    /// <summary>It is written, whatever it held.</summary>
    Destination,

    /// <summary>It is read and written.</summary>
    Update,
}

/// <summary>A view as an operation uses it, without its element type; <c>default</c> views are left out.</summary>
/// <param name="Name">The parameter of the operation.</param>
/// <param name="Role">Whether it is read or written.</param>
/// <param name="Buffer">The <see cref="DeviceBuffer{T}"/> that holds it.</param>
/// <param name="Offset">Its first element in the buffer.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="ElementBytes">Bytes of an element.</param>
public readonly record struct Operand(
    string Name, OperandRole Role, object Buffer, long Offset, int Rows, int Columns, int ElementBytes)
{
    /// <summary>Bytes that pass between memory and processor: an update is read and written.</summary>
    public double Traffic => (double)Rows * Columns * ElementBytes * (Role == OperandRole.Update ? 2 : 1);

    /// <summary>The operand as floats; null where it holds something else.</summary>
    public View<float>? Floats => Buffer is DeviceBuffer<float> buffer ? new View<float>(buffer, Offset, Rows, Columns) : null;

    /// <summary>The name, the shape, and which memory it is.</summary>
    public override string ToString() =>
        $"{Name} {System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Buffer)}+{Offset} ({Rows}, {Columns})";
}
