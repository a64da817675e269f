using System.Reflection;
using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary><c>CUstreamCaptureMode</c>: which other calls a capture forbids.</summary>
internal enum CaptureMode
{
    /// <summary><c>CU_STREAM_CAPTURE_MODE_GLOBAL</c>: unsafe calls of any thread.</summary>
    Global = 0,

    /// <summary>
    /// <c>CU_STREAM_CAPTURE_MODE_THREAD_LOCAL</c>: unsafe calls of this thread; a finalizer may free memory.
    /// </summary>
    ThreadLocal = 1,

    /// <summary><c>CU_STREAM_CAPTURE_MODE_RELAXED</c>: none.</summary>
    Relaxed = 2,
}

/// <summary>
/// What ILGPU does not wrap of the CUDA driver's interface. Handles (<c>CUstream</c>, <c>CUgraph</c>,
/// <c>CUgraphExec</c>) are pointers, and every function returns a <c>CUresult</c>, 0 being <c>CUDA_SUCCESS</c>.
/// </summary>
internal static partial class CudaGraphDriver
{
    /// <summary>The driver, by the name that <see cref="Kernels.Device.CudaLibrary"/> is loaded for.</summary>
    public const string Library = "cuda";

    static CudaGraphDriver() => NativeLibrary.SetDllImportResolver(typeof(CudaGraphDriver).Assembly, Resolve);

    /// <summary><c>cuStreamBeginCapture_v2(CUstream, CUstreamCaptureMode)</c>, CUDA 10.1.</summary>
    [LibraryImport(Library, EntryPoint = "cuStreamBeginCapture_v2")]
    public static partial int StreamBeginCapture(nint stream, CaptureMode mode);

    /// <summary><c>cuStreamEndCapture(CUstream, CUgraph*)</c>, CUDA 10.0.</summary>
    [LibraryImport(Library, EntryPoint = "cuStreamEndCapture")]
    public static partial int StreamEndCapture(nint stream, out nint graph);

    /// <summary>
    /// <c>cuGraphGetNodes(CUgraph, CUgraphNode*, size_t*)</c>, CUDA 10.0: with no array to fill, their number.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "cuGraphGetNodes")]
    public static partial int GraphGetNodes(nint graph, nint nodes, ref nint count);

    /// <summary><c>cuGraphInstantiateWithFlags(CUgraphExec*, CUgraph, unsigned long long)</c>, CUDA 11.4.</summary>
    [LibraryImport(Library, EntryPoint = "cuGraphInstantiateWithFlags")]
    public static partial int GraphInstantiateWithFlags(out nint executable, nint graph, ulong flags);

    /// <summary><c>cuGraphLaunch(CUgraphExec, CUstream)</c>, CUDA 10.0.</summary>
    [LibraryImport(Library, EntryPoint = "cuGraphLaunch")]
    public static partial int GraphLaunch(nint executable, nint stream);

    /// <summary><c>cuGraphExecDestroy(CUgraphExec)</c>, CUDA 10.0.</summary>
    [LibraryImport(Library, EntryPoint = "cuGraphExecDestroy")]
    public static partial int GraphExecDestroy(nint executable);

    /// <summary><c>cuGraphDestroy(CUgraph)</c>, CUDA 10.0.</summary>
    [LibraryImport(Library, EntryPoint = "cuGraphDestroy")]
    public static partial int GraphDestroy(nint graph);

    /// <summary>Calls a function of the driver.</summary>
    /// <exception cref="DeviceException">It fails, or the driver is too old to have it.</exception>
    public static void Call(string name, Func<int> function)
    {
        int result;
        try
        {
            result = function();
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            throw new DeviceException($"{name} is missing in the driver; CUDA 11.4 has it", exception);
        }
        if (result != 0)
            throw Failure(name, result);
    }

    /// <summary>What a <c>CUresult</c> means.</summary>
    public static DeviceException Failure(string name, int result)
    {
        string meaning = GetErrorName(result, out nint text) == 0
            ? Marshal.PtrToStringUTF8(text)!
            : $"CUresult {result}";
        return new DeviceException($"{name}: {meaning}");
    }

    /// <summary><c>cuGetErrorName(CUresult, const char**)</c>, CUDA 6.0; the text is the driver's.</summary>
    [LibraryImport(Library, EntryPoint = "cuGetErrorName")]
    private static partial int GetErrorName(int result, out nint text);

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path) =>
        library == Library && NativeLibrary.TryLoad(Kernels.Device.CudaLibrary, out nint handle) ? handle : 0;
}
