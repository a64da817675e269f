using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>A persistent kernel on a device, loaded and ready.</summary>
internal sealed unsafe class PersistentLauncher : ILaunchedSteps
{
    private readonly Accelerator _accelerator;
    private readonly nint _stream;
    private readonly Func<bool> _isGone;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _counter;
    private readonly byte[] _arguments;
    private readonly nint _module;
    private readonly nint _function;
    private readonly int _blocks;
    private readonly int _threads;
    private bool _isDisposed;

    /// <summary>Makes one kernel of launches and has the driver compile it.</summary>
    /// <param name="accelerator">Owns the stream.</param>
    /// <param name="stream">Where it runs.</param>
    /// <param name="isGone">True once the accelerator is disposed, and every module with it.</param>
    /// <param name="launches">What it does.</param>
    /// <exception cref="DeviceException">The device cannot.</exception>
    /// <exception cref="NotSupportedException">These launches cannot be phases.</exception>
    public PersistentLauncher(
        Accelerator accelerator, CudaStream stream, Func<bool> isGone, IReadOnlyList<KeptLaunch> launches)
    {
        (_accelerator, _stream, _isGone) = (accelerator, stream.StreamPtr, isGone);
        accelerator.Bind();
        if (!CudaModuleDriver.CanLaunchTogether())
            throw new DeviceException("this GPU has no cooperative launch");
        var kernel = new PersistentKernel(launches);
        (_threads, _arguments, Phases) = (kernel.Threads, [.. kernel.ArgumentBytes], kernel.Phases);
        _module = CudaModuleDriver.Load(kernel.Ptx);
        _function = CudaModuleDriver.Function(_module, PersistentKernel.Name);
        int blocks = Math.Min(
            CudaModuleDriver.BlocksOfMultiprocessor(_function, _threads), PersistentKernel.BlocksPerMultiprocessor);
        if (blocks == 0)
        {
            _ = CudaModuleDriver.Unload(_module);
            throw new DeviceException("a multiprocessor has no room for a block of it");
        }
        _blocks = Math.Min(blocks * accelerator.NumMultiprocessors, kernel.MostBlocks);
        _counter = accelerator.Allocate1D<int>(1);
        _counter.MemSetToZero(stream);
    }

    /// <inheritdoc/>
    public int Phases { get; }

    /// <inheritdoc/>
    public void Launch(int steps)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _accelerator.Bind();
        nint counter = _counter.NativePtr;
        fixed (byte* arguments = _arguments)
        {
            void** places = stackalloc void*[] { &steps, &counter, arguments };
            CudaModuleDriver.Launch(_function, _blocks, _threads, _stream, places);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (_isGone())
            return;
        _accelerator.Bind();
        // A launch may still be under way.
        _accelerator.Synchronize();
        _counter.Dispose();
        _ = CudaModuleDriver.Unload(_module);
    }
}
