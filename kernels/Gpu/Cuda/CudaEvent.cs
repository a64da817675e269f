using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>A point of a CUDA stream, of one context.</summary>
internal static partial class CudaEvent
{
    /// <summary><c>CU_EVENT_DEFAULT</c>: keeps times.</summary>
    public const uint WithTimes = 0;

    /// <summary><c>CU_EVENT_DISABLE_TIMING</c>.</summary>
    public const uint WithoutTimes = 2;

    /// <summary><c>cuEventCreate(CUevent*, unsigned int)</c>, in the current context.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuEventCreate")]
    public static partial int Create(out nint point, uint flags);

    /// <summary><c>cuEventRecord(CUevent, CUstream)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuEventRecord")]
    public static partial int Record(nint point, nint stream);

    /// <summary><c>cuEventDestroy_v2(CUevent)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuEventDestroy_v2")]
    public static partial int Destroy(nint point);
}
