using System.Runtime.CompilerServices;
using GpuVae.Kernels.Gpu.Cuda;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

// The launchers that ILGPU emits at run time live in an assembly of this name and pass our internal structs on.
[assembly: InternalsVisibleTo("ILGPURuntime")]

namespace GpuVae.Kernels.Gpu;

/// <summary>Launches the kernels of an operation on a <see cref="GpuDevice"/>.</summary>
/// <remarks>
/// Shapes have been checked. It waits for nothing, so that a step can be recorded: it takes kernels from a
/// <see cref="LazyKernel{TLauncher}"/>, memory from <see cref="GpuDevice.AsArray"/> and, once for each launch, the
/// stream from <see cref="GpuDevice.LaunchStream"/>. A launch over nothing is an error in ILGPU: return before it.
/// </remarks>
/// <typeparam name="TOperation">The operation that it is for.</typeparam>
/// <param name="device">The device that runs it.</param>
/// <param name="operation">The operands.</param>
public delegate void GpuKernel<TOperation>(GpuDevice device, in TOperation operation)
    where TOperation : struct, IOperation;

/// <summary>
/// <see cref="IDevice"/> with ILGPU kernels, on NVIDIA through CUDA, on others through OpenCL, and on ILGPU's own CPU
/// accelerator. A file of this folder for each operation: the kernel first, its launcher after.
/// </summary>
/// <remarks>
/// Everything runs on one created stream, in the order of the calls. An operation only launches: it waits for
/// nothing, and allocates only when it meets a larger shape than before. Kernels are compiled at their first launch.
/// </remarks>
public sealed partial class GpuDevice : IDevice
{
    private readonly Context _context;
    private readonly AcceleratorStream _stream;
    private readonly SingleCaller _caller = new();
    private bool _isDisposed;

    /// <summary>
    /// Takes over a context and an accelerator made with it. With tensor cores it must be a CUDA device of compute
    /// capability 8.0 or above.
    /// </summary>
    internal GpuDevice(
        string name, string description, Context context, Accelerator accelerator, TensorMode tensorMode)
    {
        Name = name;
        Description = description;
        _context = context;
        Accelerator = accelerator;
        _stream = accelerator.CreateStream();
        Configs = new KernelConfigs(accelerator);
        TensorMode = tensorMode;
        CopiesAhead = accelerator is CudaAccelerator cuda && cuda.Architecture.Major >= DeviceDescriptions.FirstTensorMajor;
        PartialRows = new ScratchBuffer<float>(accelerator);
        PartialSums = new ScratchBuffer<float>(accelerator);
        Tickets = new ScratchBuffer<int>(accelerator, _stream);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>ILGPU's accelerator, to ask for its limits or to compile kernels with.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>Kernels launched, or kept while a recording is made.</summary>
    public long Launches { get; private set; }

    /// <summary>What everything runs on, where the device is CUDA's.</summary>
    internal CudaStream? CudaStream => _stream as CudaStream;

    /// <summary>Groups and grids that suit the device.</summary>
    internal KernelConfigs Configs { get; }

    /// <summary>What products are computed with.</summary>
    internal TensorMode TensorMode { get; }

    /// <summary>Whether memory can be copied to shared memory while a group computes: <c>cp.async</c>.</summary>
    internal bool CopiesAhead { get; }

    /// <summary>Room for parts of a number for each row of a product.</summary>
    internal ScratchBuffer<float> PartialRows { get; }

    /// <summary>Room for sums that another launch adds up.</summary>
    internal ScratchBuffer<float> PartialSums { get; }

    /// <summary>Counts by which the groups of a launch know who comes last.</summary>
    internal ScratchBuffer<int> Tickets { get; }

    /// <summary>
    /// Launchers of the kernels that this device has compiled, by the place that each kernel was given.
    /// </summary>
    internal Delegate?[] LoadedKernels { get; set; } = [];

    /// <inheritdoc/>
    public void Run<TOperation>(in TOperation operation)
        where TOperation : struct, IOperation
    {
        operation.Check();
        using Visit visit = Enter();
        if ((Table<TOperation>.Kernel ?? Registered<TOperation>.Kernel) is { } kernel)
            kernel(this, in operation);
        else
            operation.Expand(this);
    }

    /// <inheritdoc/>
    public DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        using Visit visit = Enter();
        return new GpuBuffer<T>(this, _stream, length);
    }

    /// <inheritdoc/>
    public void Upload<T>(ReadOnlySpan<T> source, View<T> destination)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, destination.Length);
        if (source.IsEmpty)
            return;
        using Visit visit = Enter();
        AsArray(destination).CopyFromCPU(_stream, source);
        // The caller may change its array as soon as this returns, and a driver may still be reading it.
        _stream.Synchronize();
    }

    /// <inheritdoc/>
    public void Download<T>(View<T> source, Span<T> destination)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, source.Length);
        using Visit visit = Enter();
        if (!destination.IsEmpty)
            AsArray(source).CopyToCPU(_stream, destination);
        _stream.Synchronize();
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        using Visit visit = Enter();
        _stream.Synchronize();
    }

    /// <summary>A graph of launches on CUDA; elsewhere the operations are called each time.</summary>
    /// <inheritdoc/>
    public IRecording Record(Action operations) =>
        _stream is CudaStream cuda
            ? new ExclusiveRecording(this, NewGraph(cuda, operations))
            : new RepeatedCalls(operations);

    /// <summary>A persistent kernel on CUDA, or else what <see cref="Record(Action)"/> gives.</summary>
    /// <inheritdoc/>
    public IRecording RecordPersistent(Action operations) =>
        _stream is CudaStream cuda
            ? new ExclusiveRecording(this, new PersistentRecording(
                KeptLaunches.Of(Accelerator), operations,
                launches => new PersistentLauncher(Accelerator, cuda, () => _isDisposed, launches),
                () => Launches, () => Launches++, NewGraph(cuda, operations)))
            : new RepeatedCalls(operations);

    /// <summary>The stream that everything runs on, for one launch, which is counted.</summary>
    public AcceleratorStream LaunchStream()
    {
        Launches++;
        return _stream;
    }

    /// <summary>
    /// A view as kernels take it, row after row; an operand that is absent is empty. Kernels index with 32 bits, which
    /// is several times faster on a GPU than 64.
    /// </summary>
    /// <exception cref="ArgumentException">The view is of another device's memory.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It has more elements than 32 bits can index.</exception>
    public ArrayView<T> AsArray<T>(View<T> view)
        where T : unmanaged
    {
        if (view.Length > Configs.LargestLength)
        {
            throw new ArgumentOutOfRangeException(
                nameof(view), view.Length, $"A matrix has more than {Configs.LargestLength} elements.");
        }
        return AsLargeArray(view);
    }

    /// <summary>The same for a kernel that indexes with 64 bits.</summary>
    /// <exception cref="ArgumentException">The view is of another device's memory.</exception>
    public ArrayView<T> AsLargeArray<T>(View<T> view)
        where T : unmanaged
    {
        if (view.IsEmpty || view.Length == 0)
            return ArrayView<T>.Empty;
        return view.Buffer is GpuBuffer<T> buffer && buffer.Owner == this
            ? buffer.Memory.SubView(view.Offset, view.Length)
            : throw new ArgumentException($"A view belongs to another device than {Name}.", nameof(view));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        PartialRows.Dispose();
        Tickets.Dispose();
        PartialSums.Dispose();
        _stream.Dispose();
        Accelerator.Dispose();
        _context.Dispose();
    }

    /// <summary>A clock on the device, or null where the device has none that is known.</summary>
    internal CudaTimer? CreateTimer() => _stream is CudaStream cuda ? new CudaTimer(Accelerator, cuda) : null;

    /// <summary>Enters the device, until the visit is disposed of.</summary>
    /// <exception cref="InvalidOperationException">Another thread is inside.</exception>
    internal Visit Enter()
    {
        SingleCaller? entered = _caller.Enter() ? _caller : null;
        // A driver's context belongs to a thread. This costs nothing on the thread that was here last.
        if (entered is not null)
            Accelerator.Bind();
        return new Visit(entered);
    }

    /// <summary>A thread's time inside.</summary>
    internal readonly ref struct Visit(SingleCaller? caller)
    {
        public void Dispose() => caller?.Leave();
    }

    private GraphRecording NewGraph(CudaStream cuda, Action operations) =>
        new(new CudaCapture(Accelerator, cuda.StreamPtr, () => _isDisposed), operations, () => Launches);

    /// <summary>A recording whose replays are a visit each.</summary>
    private sealed class ExclusiveRecording(GpuDevice device, IRecording recording) : IRecording
    {
        public string Description => recording.Description;

        public bool ReplaysAtOnce => recording.ReplaysAtOnce;

        public void Replay() => Replay(1);

        public void Replay(int times)
        {
            using Visit visit = device.Enter();
            recording.Replay(times);
        }

        public void Dispose() => recording.Dispose();
    }
}
