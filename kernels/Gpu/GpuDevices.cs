using System.Runtime.CompilerServices;
using GpuVae.Kernels.Gpu.Cuda;
using ILGPU;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// What ILGPU finds on this machine, and how it is opened. The only way from <see cref="Kernels.Device"/> to ILGPU: no
/// method is inlined, so that a caller that does not call one never loads the assembly.
/// </summary>
internal static class GpuDevices
{
    /// <summary>CUDA devices in the driver's order; none where the driver says so.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IReadOnlyList<DeviceInfo> ListCuda()
    {
        using Context? context = IlgpuContext.TryCreate(builder => builder.Cuda());
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
        using Context? context = IlgpuContext.TryCreate(enable);
        List<DeviceInfo> found = [];
        if (context is not null)
        {
            foreach (CLDevice device in context.GetCLDevices())
                found.Add(DeviceDescriptions.Describe($"opencl:{found.Count}", device));
        }
        return found;
    }

    /// <summary>
    /// Those of <see cref="ListCuda"/> that have tensor cores for <see cref="Precision"/>, by their index.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IReadOnlyList<int> ListTensorCuda()
    {
        using Context? context = IlgpuContext.TryCreate(builder => builder.Cuda());
        List<int> found = [];
        if (context is not null)
        {
            int index = 0;
            foreach (CudaDevice device in context.GetCudaDevices())
            {
                if (device.Architecture?.Major >= DeviceDescriptions.FirstTensorMajor)
                    found.Add(index);
                index++;
            }
        }
        return found;
    }

    /// <summary>Opens the device with this index in <see cref="ListCuda"/>.</summary>
    /// <param name="index">The index, of <see cref="ListTensorCuda"/> where tensor cores are asked for.</param>
    /// <param name="precision">What products round to.</param>
    /// <param name="splitsFp32">Float32 on tensor cores, from <see cref="Tf32x3Precision"/>.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IDevice OpenCuda(int index, Precision precision = Precision.Fp32, bool splitsFp32 = false)
    {
        TensorMode mode = precision switch
        {
            Precision.Tf32 => TensorMode.Tf32,
            Precision.Bf16 => TensorMode.Bf16,
            _ => splitsFp32 ? TensorMode.Tf32x3 : TensorMode.None,
        };
        return Open($"cuda:{index}", builder => builder.Cuda(), context => context.GetCudaDevices()[index], mode);
    }

    /// <summary>Opens the device with this index in <see cref="ListOpenCl()"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IDevice OpenOpenCl(int index) => OpenOpenCl(index, builder => builder.OpenCL());

    /// <summary>Opens the OpenCL device with this index among those that a builder lets in.</summary>
    internal static IDevice OpenOpenCl(int index, Action<Context.Builder> enable)
    {
        IlgpuContext.FenceSharedMemoryInOpenCl();
        return Open($"opencl:{index}", enable, context => context.GetCLDevices()[index]);
    }

    /// <summary>
    /// Opens ILGPU's CPU accelerator. Each thread of a group is a thread of the system there, and a barrier among 256
    /// takes over a millisecond; ILGPU allows no fewer than 2. With 64 or more, which is for tests, the kernels run
    /// with the groups and tiles of a GPU.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IDevice OpenHost(string name, int groupThreads = 2)
    {
        int multiprocessors = groupThreads == 2 ? Environment.ProcessorCount : 1;
        var device = new CPUDevice(numThreadsPerWarp: 2, groupThreads / 2, multiprocessors);
        return Open(name, builder => builder.CPU(device), context => context.GetCPUDevices()[0]);
    }

    private static GpuDevice Open(
        string name, Action<Context.Builder> enable, Func<Context, ILGPU.Runtime.Device> choose,
        TensorMode tensorMode = TensorMode.None)
    {
        Context? context = null;
        try
        {
            context = IlgpuContext.Create(enable);
            ILGPU.Runtime.Device device = choose(context);
            string description = DeviceDescriptions.Describe(name, device).Description;
            return new GpuDevice(name, description, context, device.CreateAccelerator(context), tensorMode);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            context?.Dispose();
            throw new DeviceException(
                $"device '{name}' cannot be opened: {exception.Message}; try --device cpu", exception);
        }
    }
}

/// <summary>What a driver says of its device, for a person.</summary>
internal static class DeviceDescriptions
{
    /// <summary>The oldest architecture whose tensor cores multiply tf32 and bf16: compute capability 8.0.</summary>
    public const int FirstTensorMajor = 8;

    /// <summary>The device under the name that opens it.</summary>
    public static DeviceInfo Describe(string name, ILGPU.Runtime.Device device) => device switch
    {
        CudaDevice cuda => Describe(name, cuda),
        CLDevice openCl => Describe(name, openCl),
        _ => new DeviceInfo(name, Kernels.Device.HostDescription, device.MemorySize),
    };

    /// <summary>The precisions of products where the compute capability has this major number.</summary>
    public static IReadOnlyList<Precision> Precisions(int major) =>
        major >= FirstTensorMajor ? [Precision.Fp32, Precision.Tf32, Precision.Bf16] : [Precision.Fp32];

    private static DeviceInfo Describe(string name, CudaDevice device)
    {
        CudaArchitecture architecture = device.Architecture ?? default;
        List<string> details =
        [
            $"compute capability {architecture.Major}.{architecture.Minor}",
            $"driver for CUDA {device.DriverVersion.Major}.{device.DriverVersion.Minor}",
            $"L2 cache {device.L2CacheSize >> 20} MiB",
        ];
        if (architecture.Major >= FirstTensorMajor)
            details.Insert(0, "tensor cores");
        return new DeviceInfo(name, Head(device), device.MemorySize)
        {
            IsGpu = true,
            Details = details,
            Precisions = Precisions(architecture.Major),
        };
    }

    private static DeviceInfo Describe(string name, CLDevice device)
    {
        bool isGpu = device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU);
        return new DeviceInfo(name, $"{Head(device)}, {device.VendorName}", device.MemorySize)
        {
            IsGpu = isGpu,
            Details =
            [
                .. isGpu ? Array.Empty<string>() : ["no GPU, so that auto passes it over"],
                $"driver {CLAPI.CurrentAPI.GetDeviceInfo(device.DeviceId, CLDeviceInfoType.CL_DRIVER_VERSION)}",
                $"OpenCL {device.DeviceVersion.Major}.{device.DeviceVersion.Minor}",
            ],
        };
    }

    private static string Head(ILGPU.Runtime.Device device) =>
        $"{device.Name}, {device.NumMultiprocessors} multiprocessors";
}
