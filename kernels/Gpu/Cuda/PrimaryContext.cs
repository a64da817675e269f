using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// The context of a card in which libraries on NVIDIA's runtime work whatever context calls them (as NCCL does: its issue 565), with a
/// stream and memory there. ILGPU makes a context of its own, whose memory and streams are strange to them: numbers are copied from one to
/// the other on the card, and points of the streams keep the order, so that the host waits for nothing.
/// </summary>
internal sealed partial class PrimaryContext : IDisposable
{
    private const uint NonBlocking = 1; // CU_STREAM_NON_BLOCKING

    private readonly nint _ownStream;
    private readonly nint _own;
    private readonly int _device;
    private readonly List<nint> _memory = [];
    private nint _primary;
    private nint _stream;
    private nint _asked;
    private nint _done;

    /// <summary>Takes part in it.</summary>
    /// <param name="accelerator">Whose card it is.</param>
    /// <param name="stream">Of the operations before and after.</param>
    public PrimaryContext(CudaAccelerator accelerator, CudaStream stream)
    {
        accelerator.Bind();
        _ownStream = stream.StreamPtr;
        nint own = 0;
        int device = 0;
        CudaGraphDriver.Call("cuCtxGetCurrent", () => ContextCurrent(out own));
        CudaGraphDriver.Call("cuCtxGetDevice", () => ContextDevice(out device));
        (_own, _device) = (own, device);
        CudaGraphDriver.Call("cuEventCreate", () => CudaEvent.Create(out _asked, CudaEvent.WithoutTimes));
        CudaGraphDriver.Call("cuDevicePrimaryCtxRetain", () => PrimaryRetain(out _primary, _device));
        using Visit visit = Enter();
        CudaGraphDriver.Call("cuStreamCreate", () => StreamCreate(out _stream, NonBlocking));
        CudaGraphDriver.Call("cuEventCreate", () => CudaEvent.Create(out _done, CudaEvent.WithoutTimes));
    }

    /// <summary>The stream there.</summary>
    public nint Stream => _stream;

    /// <summary>Makes it the thread's context until the end, whatever is called meanwhile.</summary>
    public Visit Enter()
    {
        CudaGraphDriver.Call("cuCtxSetCurrent", () => ContextSet(_primary));
        return new Visit(this);
    }

    /// <summary>Memory there, until this is disposed of.</summary>
    public nint Allocate(long bytes)
    {
        using Visit visit = Enter();
        nint memory = 0;
        CudaGraphDriver.Call("cuMemAlloc", () => MemoryAllocate(out memory, (nuint)Math.Max(bytes, 1)));
        _memory.Add(memory);
        return memory;
    }

    /// <summary>Copies there, once the operations so far have ended. To be called inside.</summary>
    public void Take(nint source, long bytes, nint target)
    {
        CudaGraphDriver.Call("cuCtxSetCurrent", () => ContextSet(_own));
        CudaGraphDriver.Call("cuEventRecord", () => CudaEvent.Record(_asked, _ownStream));
        CudaGraphDriver.Call("cuCtxSetCurrent", () => ContextSet(_primary));
        CudaGraphDriver.Call("cuStreamWaitEvent", () => StreamWait(_stream, _asked, 0));
        Copy(target, _primary, source, _own, bytes);
    }

    /// <summary>Copies back what is there then; operations from now on wait for it. To be called inside.</summary>
    public void Give(nint source, long bytes, nint target)
    {
        CudaGraphDriver.Call("cuCtxSetCurrent", () => ContextSet(_primary));
        Copy(target, _own, source, _primary, bytes);
        CudaGraphDriver.Call("cuEventRecord", () => CudaEvent.Record(_done, _stream));
        CudaGraphDriver.Call("cuCtxSetCurrent", () => ContextSet(_own));
        CudaGraphDriver.Call("cuStreamWaitEvent", () => StreamWait(_ownStream, _done, 0));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_primary == 0)
            return;
        _ = ContextSet(_primary);
        _ = StreamSynchronize(_stream);
        foreach (nint memory in _memory)
            _ = MemoryFree(memory);
        _ = CudaEvent.Destroy(_done);
        _ = StreamDestroy(_stream);
        _ = ContextSet(_own);
        _ = CudaEvent.Destroy(_asked);
        _ = PrimaryRelease(_device);
        _primary = 0;
    }

    private void Copy(nint target, nint to, nint source, nint from, long bytes)
    {
        if (bytes > 0)
            CudaGraphDriver.Call("cuMemcpyPeerAsync", () => CopyBetween(target, to, source, from, (nuint)bytes, _stream));
    }

    /// <summary>A thread's time in it, after which its own context is the current one again.</summary>
    public readonly ref struct Visit(PrimaryContext context)
    {
        /// <summary>Also where a library has left another.</summary>
        public void Dispose() => _ = ContextSet(context._own);
    }

    /// <summary><c>cuCtxGetCurrent(CUcontext*)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuCtxGetCurrent")]
    private static partial int ContextCurrent(out nint context);

    /// <summary><c>cuCtxSetCurrent(CUcontext)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuCtxSetCurrent")]
    private static partial int ContextSet(nint context);

    /// <summary><c>cuCtxGetDevice(CUdevice*)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuCtxGetDevice")]
    private static partial int ContextDevice(out int device);

    /// <summary><c>cuDevicePrimaryCtxRetain(CUcontext*, CUdevice)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    private static partial int PrimaryRetain(out nint context, int device);

    /// <summary><c>cuDevicePrimaryCtxRelease_v2(CUdevice)</c>, CUDA 11.0.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    private static partial int PrimaryRelease(int device);

    /// <summary><c>cuMemAlloc_v2(CUdeviceptr*, size_t)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuMemAlloc_v2")]
    private static partial int MemoryAllocate(out nint memory, nuint bytes);

    /// <summary><c>cuMemFree_v2(CUdeviceptr)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuMemFree_v2")]
    private static partial int MemoryFree(nint memory);

    /// <summary><c>cuMemcpyPeerAsync(CUdeviceptr, CUcontext, CUdeviceptr, CUcontext, size_t, CUstream)</c>: from context to context.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuMemcpyPeerAsync")]
    private static partial int CopyBetween(nint target, nint to, nint source, nint from, nuint bytes, nint stream);

    /// <summary><c>cuStreamCreate(CUstream*, unsigned int)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuStreamCreate")]
    private static partial int StreamCreate(out nint stream, uint flags);

    /// <summary><c>cuStreamDestroy_v2(CUstream)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuStreamDestroy_v2")]
    private static partial int StreamDestroy(nint stream);

    /// <summary><c>cuStreamSynchronize(CUstream)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuStreamSynchronize")]
    private static partial int StreamSynchronize(nint stream);

    /// <summary><c>cuStreamWaitEvent(CUstream, CUevent, unsigned int)</c>; they may be of different contexts.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuStreamWaitEvent")]
    private static partial int StreamWait(nint stream, nint point, uint flags);
}
