using System.Runtime.CompilerServices;
using GpuVae.Kernels.Ilgpu.Cuda;
using ILGPU;
using ILGPU.Runtime;

// The launchers that ILGPU emits at run time live in an assembly of this name and pass our internal structs on.
[assembly: InternalsVisibleTo("ILGPURuntime")]

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// <see cref="IDevice"/> with ILGPU kernels, on NVIDIA through CUDA, on others through OpenCL, and on ILGPU's own CPU
/// accelerator. One file of this folder for each family of operations: the kernel first, its launcher after.
/// </summary>
/// <remarks>
/// Everything runs on one created stream, in the order of the calls. An operation only launches: it waits for
/// nothing, and allocates only when it meets a larger shape than before. Kernels are compiled at their first launch.
/// </remarks>
public sealed partial class IlgpuBackend : IDevice
{
    private readonly Context context;
    private readonly Accelerator accelerator;
    private readonly AcceleratorStream stream;
    private readonly LaunchShapes shapes;
    private bool isDisposed;

    /// <summary>
    /// Takes over a context and an accelerator made with it. With tensor cores it must be a CUDA device of compute
    /// capability 8.0 or above.
    /// </summary>
    internal IlgpuBackend(
        string name, string description, Context context, Accelerator accelerator, TensorMode tensorMode)
    {
        Name = name;
        Description = description;
        this.context = context;
        this.accelerator = accelerator;
        stream = accelerator.CreateStream();
        shapes = new LaunchShapes(accelerator);
        this.tensorMode = tensorMode;
        partialLoss = new ScratchBuffer(accelerator);
        partialSums = new ScratchBuffer(accelerator);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>Kernels launched, or kept while a recording is made.</summary>
    internal long Launches { get; private set; }

    /// <inheritdoc/>
    public DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new IlgpuBuffer<T>(this, accelerator, stream, length);
    }

    /// <inheritdoc/>
    public void Upload<T>(ReadOnlySpan<T> source, View<T> destination)
        where T : unmanaged
    {
        RequireLength(destination, source.Length, nameof(destination));
        if (source.IsEmpty)
            return;
        Array(destination).CopyFromCPU(stream, source);
        // The caller may change its array as soon as this returns, and a driver may still be reading it.
        stream.Synchronize();
    }

    /// <inheritdoc/>
    public void Download<T>(View<T> source, Span<T> destination)
        where T : unmanaged
    {
        RequireLength(source, destination.Length, nameof(destination));
        if (!destination.IsEmpty)
            Array(source).CopyToCPU(stream, destination);
        stream.Synchronize();
    }

    /// <inheritdoc/>
    public void Synchronize() => stream.Synchronize();

    /// <inheritdoc/>
    public void Dispose()
    {
        isDisposed = true;
        partialLoss.Dispose();
        partialSums.Dispose();
        stream.Dispose();
        accelerator.Dispose();
        context.Dispose();
    }

    /// <summary>The stream, for one launch.</summary>
    private AcceleratorStream CountedStream()
    {
        Launches++;
        return stream;
    }

    /// <summary>The view as kernels take it; an operand that is absent is empty.</summary>
    private ArrayView<T> Array<T>(View<T> view)
        where T : unmanaged
    {
        if (view.IsEmpty || view.Length == 0)
            return ArrayView<T>.Empty;
        return view.Buffer is IlgpuBuffer<T> buffer && buffer.Owner == this
            ? buffer.Memory.SubView(view.Offset, view.Length)
            : throw new ArgumentException($"A view belongs to another backend than {Name}.", nameof(view));
    }

    /// <summary>Kernels index with 32 bits, which is several times faster on a GPU than 64.</summary>
    private static int ElementCount(View<float> view, string name) =>
        view.Length <= int.MaxValue
            ? (int)view.Length
            : throw new ArgumentOutOfRangeException(name, view.Length, "A matrix has more than 2³¹ − 1 elements.");

    private static void RequireLength<T>(View<T> view, long length, string name)
        where T : unmanaged
    {
        if (view.Length != length)
            throw new ArgumentException($"{name} has {view.Length} elements where {length} are needed.", name);
    }

    private static void RequireColumns(View<float> view, int columns, string name) =>
        RequireShape(view, view.Rows, columns, name);

    private static void RequireShape(View<float> view, int rows, int columns, string name)
    {
        if (view.Rows != rows || view.Columns != columns)
        {
            throw new ArgumentException(
                $"{name} is ({view.Rows}, {view.Columns}) where ({rows}, {columns}) is needed.", name);
        }
    }
}
