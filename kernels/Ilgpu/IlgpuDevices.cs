using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuVae.Kernels.Ilgpu.Cuda;
using ILGPU;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// What ILGPU finds on this machine, and how it is opened. The only way from <see cref="Device"/> to ILGPU: no method is
/// inlined, so that a caller that does not call one never loads the assembly.
/// </summary>
internal static class IlgpuDevices
{
    private static readonly Lock DriverLock = new();
    private static bool resolverIsSet;

    /// <summary>CUDA devices in the driver's order; none where the driver says so.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IReadOnlyList<DeviceInfo> ListCuda()
    {
        using Context? context = TryCreate(builder => builder.Cuda());
        List<DeviceInfo> found = [];
        if (context is not null)
        {
            foreach (CudaDevice device in context.GetCudaDevices())
                found.Add(DeviceDescriptions.Describe($"cuda:{found.Count}", device));
        }
        return found;
    }

    /// <summary>OpenCL devices that ILGPU can use, in its order.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IReadOnlyList<DeviceInfo> ListOpenCl() => ListOpenCl(builder => builder.OpenCL());

    /// <summary>OpenCL devices that a builder lets in.</summary>
    internal static IReadOnlyList<DeviceInfo> ListOpenCl(Action<Context.Builder> enable)
    {
        using Context? context = TryCreate(enable);
        List<DeviceInfo> found = [];
        if (context is not null)
        {
            foreach (CLDevice device in context.GetCLDevices())
                found.Add(DeviceDescriptions.Describe($"opencl:{found.Count}", device));
        }
        return found;
    }

    /// <summary>Those of <see cref="ListCuda"/> that have tensor cores for <see cref="Precision"/>, by their index.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IReadOnlyList<int> ListTensorCuda()
    {
        using Context? context = TryCreate(builder => builder.Cuda());
        List<int> found = [];
        if (context is not null)
        {
            int index = 0;
            foreach (CudaDevice device in context.GetCudaDevices())
            {
                if (device.Architecture?.Major >= 8)
                    found.Add(index);
                index++;
            }
        }
        return found;
    }

    /// <summary>Opens the device with this index in <see cref="ListCuda"/>.</summary>
    /// <param name="index">The index, of <see cref="ListTensorCuda"/> where tensor cores are asked for.</param>
    /// <param name="precision">What products round to.</param>
    /// <param name="splitsFp32">Float32 on tensor cores, from <see cref="SplitTf32Precision"/>.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IDevice OpenCuda(int index, Precision precision = Precision.Fp32, bool splitsFp32 = false)
    {
        TensorMode mode = precision switch
        {
            Precision.Tf32 => TensorMode.Tf32,
            Precision.Bf16 => TensorMode.Bf16,
            _ => splitsFp32 ? TensorMode.SplitTf32 : TensorMode.None,
        };
        return Open($"cuda:{index}", builder => builder.Cuda(), context => context.GetCudaDevices()[index], mode);
    }

    /// <summary>Opens the device with this index in <see cref="ListOpenCl()"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IDevice OpenOpenCl(int index) => OpenOpenCl(index, builder => builder.OpenCL());

    /// <summary>Opens the OpenCL device with this index among those that a builder lets in.</summary>
    internal static IDevice OpenOpenCl(int index, Action<Context.Builder> enable)
    {
        OpenClBarriers.OrderSharedMemory();
        return Open($"opencl:{index}", enable, context => context.GetCLDevices()[index]);
    }

    /// <summary>
    /// Opens ILGPU's CPU accelerator. Each thread of a group is a thread of the system there, and a barrier among 256
    /// takes over a millisecond; ILGPU allows no fewer than 2. With 64 or more, which is for tests, the kernels run with
    /// the groups and tiles of a GPU.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IDevice OpenHost(string name, int groupThreads = 2)
    {
        int multiprocessors = groupThreads == 2 ? Environment.ProcessorCount : 1;
        var device = new CPUDevice(numThreadsPerWarp: 2, groupThreads / 2, multiprocessors);
        return Open(name, builder => builder.CPU(device), context => context.GetCPUDevices()[0]);
    }

    private static IlgpuBackend Open(
        string name, Action<Context.Builder> enable, Func<Context, ILGPU.Runtime.Device> choose,
        TensorMode tensorMode = TensorMode.None)
    {
        Context? context = null;
        try
        {
            context = Create(enable);
            ILGPU.Runtime.Device device = choose(context);
            string description = DeviceDescriptions.Describe(name, device).Description;
            return new IlgpuBackend(name, description, context, device.CreateAccelerator(context), tensorMode);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            context?.Dispose();
            throw new DeviceException(
                $"device '{name}' cannot be opened: {exception.Message}; try --device cpu", exception);
        }
    }

    private static Context? TryCreate(Action<Context.Builder> enable)
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

    /// <summary>One at a time: a driver that two threads wake at once may tell one of them that it has no device.</summary>
    private static Context Create(Action<Context.Builder> enable)
    {
        lock (DriverLock)
        {
            SetDriverResolver();
            return Context.Create(builder => enable(
                builder.Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive).EnableAlgorithms()));
        }
    }

    /// <summary>
    /// ILGPU asks for libOpenCL.so and libcuda.so, which on Linux may come with development packages only; what is
    /// always there is libOpenCL.so.1 and libcuda.so.1. Under WSL ILGPU sets a resolver of its own, and an assembly
    /// can have only one.
    /// </summary>
    private static void SetDriverResolver()
    {
        if (resolverIsSet || !OperatingSystem.IsLinux() || IsWindowsSubsystem())
            return;
        NativeLibrary.SetDllImportResolver(
            typeof(Context).Assembly,
            (library, assembly, path) =>
            {
                string? name = library switch
                {
                    "OpenCL" or "OpenCL.dll" or "libOpenCL.so" => Kernels.Device.OpenClLibrary,
                    "cuda" or "libcuda.so" => Kernels.Device.CudaLibrary,
                    _ => null,
                };
                return name is not null && NativeLibrary.TryLoad(name, assembly, path, out nint handle) ? handle : 0;
            });
        resolverIsSet = true;
    }

    private static bool IsWindowsSubsystem() =>
        File.Exists("/proc/version") &&
        File.ReadAllText("/proc/version").Contains("microsoft", StringComparison.OrdinalIgnoreCase);
}
