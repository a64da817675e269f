using System.Runtime.InteropServices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>Two points of a CUDA stream and the time that the device takes between them.</summary>
/// <remarks>For benchmarks: it leaves out what the host takes to launch, if the device is busy until it has.</remarks>
internal sealed partial class CudaTimer : IDisposable
{
    private readonly nint _stream;
    private nint _start;
    private nint _end;

    /// <summary>Makes both points.</summary>
    public CudaTimer(Accelerator accelerator, CudaStream stream)
    {
        accelerator.Bind();
        _stream = stream.StreamPtr;
        CudaGraphDriver.Call("cuEventCreate", () => CudaEvent.Create(out _start, CudaEvent.WithTimes));
        CudaGraphDriver.Call("cuEventCreate", () => CudaEvent.Create(out _end, CudaEvent.WithTimes));
    }

    /// <summary>The first point: after all that was asked for before.</summary>
    public void Start() => CudaGraphDriver.Call("cuEventRecord", () => CudaEvent.Record(_start, _stream));

    /// <summary>The second point; waits for it and gives the seconds from the first.</summary>
    public double Stop()
    {
        CudaGraphDriver.Call("cuEventRecord", () => CudaEvent.Record(_end, _stream));
        CudaGraphDriver.Call("cuEventSynchronize", () => EventSynchronize(_end));
        float milliseconds = 0;
        CudaGraphDriver.Call("cuEventElapsedTime", () => EventElapsedTime(out milliseconds, _start, _end));
        return milliseconds / 1e3;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = CudaEvent.Destroy(_start);
        _ = CudaEvent.Destroy(_end);
    }

    /// <summary><c>cuEventSynchronize(CUevent)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuEventSynchronize")]
    private static partial int EventSynchronize(nint handle);

    /// <summary>
    /// <c>cuEventElapsedTime(float*, CUevent, CUevent)</c>, in milliseconds, good to half a microsecond.
    /// </summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuEventElapsedTime")]
    private static partial int EventElapsedTime(out float milliseconds, nint start, nint end);
}
