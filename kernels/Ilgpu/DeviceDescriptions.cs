using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>What a driver says of its device, for a person.</summary>
internal static class DeviceDescriptions
{
    /// <summary>The oldest architecture whose tensor cores multiply tf32 and bf16: compute capability 8.0.</summary>
    private const int FirstTensorMajor = 8;

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
