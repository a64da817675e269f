using System.Runtime.InteropServices;
using System.Text;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>Of the CUDA driver's interface, what loads a kernel that ILGPU has not made and launches it with all its blocks at once.</summary>
internal static unsafe partial class CudaModuleDriver
{
    private const int ErrorLog = 5, ErrorLogBytes = 6; // CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
    private const int CooperativeLaunch = 95;          // CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH
    private const int LogLength = 4096;

    /// <summary>Whether the device of this thread can launch a grid whose blocks wait for each other.</summary>
    public static bool CanLaunchTogether()
    {
        int device = 0, can = 0;
        CudaGraphDriver.Call("cuCtxGetDevice", () => ContextDevice(out device));
        CudaGraphDriver.Call("cuDeviceGetAttribute", () => DeviceAttribute(out can, CooperativeLaunch, device));
        return can != 0;
    }

    /// <summary>Compiles the text of a module.</summary>
    /// <exception cref="DeviceException">The driver refuses it; the message has what its compiler says first.</exception>
    public static nint Load(string ptx)
    {
        byte* log = stackalloc byte[LogLength];
        log[0] = 0;
        int* options = stackalloc int[] { ErrorLog, ErrorLogBytes };
        nint* values = stackalloc nint[] { (nint)log, LogLength };
        nint module = 0;
        int result;
        fixed (byte* text = Encoding.UTF8.GetBytes(ptx + "\0"))
            result = ModuleLoad(out module, text, 2, options, values);
        if (result == 0)
            return module;
        log[LogLength - 1] = 0;
        string said = Marshal.PtrToStringUTF8((nint)log) ?? "";
        DeviceException failure = CudaGraphDriver.Failure("cuModuleLoadDataEx", result);
        throw said.Length == 0 ? failure : new DeviceException($"{failure.Message}: {said.Split('\n')[0].Trim()}");
    }

    /// <summary>A kernel of a module.</summary>
    public static nint Function(nint module, string name)
    {
        nint function = 0;
        CudaGraphDriver.Call("cuModuleGetFunction", () => ModuleFunction(out function, module, name));
        return function;
    }

    /// <summary>Blocks of so many threads that a multiprocessor holds at once.</summary>
    public static int BlocksOfMultiprocessor(nint function, int threads)
    {
        int blocks = 0;
        CudaGraphDriver.Call(
            "cuOccupancyMaxActiveBlocksPerMultiprocessor", () => Occupancy(out blocks, function, threads, dynamicBytes: 0));
        return blocks;
    }

    /// <summary>Launches blocks that are all there at once.</summary>
    /// <param name="function">The kernel.</param>
    /// <param name="blocks">Blocks.</param>
    /// <param name="threads">Of each.</param>
    /// <param name="stream">Where.</param>
    /// <param name="arguments">Where each argument lies.</param>
    public static void Launch(nint function, int blocks, int threads, nint stream, void** arguments)
    {
        int result = LaunchTogether(function, (uint)blocks, 1, 1, (uint)threads, 1, 1, 0, stream, arguments);
        if (result == 0)
            return;
        DeviceException failure = CudaGraphDriver.Failure("cuLaunchCooperativeKernel", result);
        throw ErrorText(result, out nint text) == 0
            ? new DeviceException($"{failure.Message}: {Marshal.PtrToStringUTF8(text)}")
            : failure;
    }

    /// <summary><c>cuModuleUnload(CUmodule)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuModuleUnload")]
    public static partial int Unload(nint module);

    /// <summary><c>cuGetErrorString(CUresult, const char**)</c>; the text is the driver's.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuGetErrorString")]
    private static partial int ErrorText(int result, out nint text);

    /// <summary><c>cuCtxGetDevice(CUdevice*)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuCtxGetDevice")]
    private static partial int ContextDevice(out int device);

    /// <summary><c>cuDeviceGetAttribute(int*, CUdevice_attribute, CUdevice)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuDeviceGetAttribute")]
    private static partial int DeviceAttribute(out int value, int attribute, int device);

    /// <summary><c>cuModuleLoadDataEx(CUmodule*, const void*, unsigned int, CUjit_option*, void**)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuModuleLoadDataEx")]
    private static partial int ModuleLoad(out nint module, byte* image, uint count, int* options, nint* values);

    /// <summary><c>cuModuleGetFunction(CUfunction*, CUmodule, const char*)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuModuleGetFunction", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ModuleFunction(out nint function, nint module, string name);

    /// <summary><c>cuOccupancyMaxActiveBlocksPerMultiprocessor(int*, CUfunction, int, size_t)</c>.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuOccupancyMaxActiveBlocksPerMultiprocessor")]
    private static partial int Occupancy(out int blocks, nint function, int threads, nuint dynamicBytes);

    /// <summary><c>cuLaunchCooperativeKernel(CUfunction, …, CUstream, void**)</c>, CUDA 9.0.</summary>
    [LibraryImport(CudaGraphDriver.Library, EntryPoint = "cuLaunchCooperativeKernel")]
    private static partial int LaunchTogether(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint dynamicBytes,
        nint stream, void** arguments);
}
