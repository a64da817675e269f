using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Backends.OpenCL;

namespace GpuVae.Kernels.Gpu;

/// <summary>ILGPU with the settings that our kernels need, and with the drivers found where they lie.</summary>
internal static class IlgpuContext
{
    /// <summary>What every barrier of OpenCL C must name.</summary>
    public const string BarrierFences = "CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE";

    private static readonly Lock _driverLock = new();
    private static bool _resolverIsSet;

    /// <summary>
    /// One at a time: a driver that two threads wake at once may tell one of them that it has no device.
    /// </summary>
    public static Context Create(Action<Context.Builder> enable)
    {
        lock (_driverLock)
        {
            SetDriverResolver();
            return Context.Create(builder => enable(
                builder.Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive).EnableAlgorithms()));
        }
    }

    /// <summary>The same, or null where a driver's library has no working driver behind it.</summary>
    public static Context? TryCreate(Action<Context.Builder> enable)
    {
        try
        {
            return Create(enable);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A driver library without a working driver behind it is the same as none.
            return null;
        }
    }

    /// <summary>
    /// Has ILGPU write both fences at each barrier from here on. ILGPU 1.5.3 writes
    /// <c>work_group_barrier(CLK_GLOBAL_MEM_FENCE)</c>, and the specification (OpenCL C 3.0, section 6.15.8) has such a
    /// barrier order global memory only, so a driver that takes it at its word may let a thread read shared memory
    /// before its neighbour's store is there. Our kernels wait for nothing else. There is no setting for it: the text
    /// stands in a table of the generator's instructions, whose first element is the fence of barriers.
    /// </summary>
    /// <exception cref="DeviceException">This version of ILGPU has no such table.</exception>
    public static void FenceSharedMemoryInOpenCl()
    {
        Type? instructions = typeof(CLBackend).Assembly.GetType("ILGPU.Backends.OpenCL.CLInstructions");
        FieldInfo? table = instructions?.GetField("MemoryFenceFlags", BindingFlags.Static | BindingFlags.NonPublic);
        if (table?.GetValue(null) is not string[] { Length: 2 } fences)
            throw new DeviceException("this version of ILGPU writes OpenCL barriers in another way; use --device cpu");
        fences[0] = BarrierFences;
    }

    /// <summary>
    /// ILGPU asks for libOpenCL.so and libcuda.so, which on Linux may come with development packages only; what is
    /// always there is libOpenCL.so.1 and libcuda.so.1. Under WSL ILGPU sets a resolver of its own, and an assembly
    /// can have only one.
    /// </summary>
    private static void SetDriverResolver()
    {
        if (_resolverIsSet || !OperatingSystem.IsLinux() || IsWindowsSubsystem())
            return;
        NativeLibrary.SetDllImportResolver(
            typeof(Context).Assembly,
            (library, assembly, path) =>
            {
                string? name = library switch
                {
                    "OpenCL" or "OpenCL.dll" or "libOpenCL.so" => Device.OpenClLibrary,
                    "cuda" or "libcuda.so" => Device.CudaLibrary,
                    _ => null,
                };
                return name is not null && NativeLibrary.TryLoad(name, assembly, path, out nint handle) ? handle : 0;
            });
        _resolverIsSet = true;
    }

    private static bool IsWindowsSubsystem() =>
        File.Exists("/proc/version") &&
        File.ReadAllText("/proc/version").Contains("microsoft", StringComparison.OrdinalIgnoreCase);
}
