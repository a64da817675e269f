using System.Globalization;
using System.Runtime.InteropServices;
using GpuVae.Kernels.Cpu;
using GpuVae.Kernels.Gpu;

namespace GpuVae.Kernels;

/// <summary>
/// Finds and opens devices by name: <c>auto</c>, <c>cpu</c>, <c>cuda[:n]</c>, <c>opencl[:n]</c> and <c>ilgpu-cpu</c>.
/// </summary>
/// <remarks>
/// ILGPU is loaded only when a driver's library is there to be used by it, or by <c>ilgpu-cpu</c>: opening <c>cpu</c>
/// costs nothing of it.
/// </remarks>
public static class Device
{
    private const string HostName = "cpu";
    private const string IlgpuHostName = "ilgpu-cpu";

    /// <summary>NVIDIA's driver library.</summary>
    internal static string CudaLibrary { get; } = FindCuda();

    /// <summary>The OpenCL loader.</summary>
    internal static string OpenClLibrary { get; } = OperatingSystem.IsWindows() ? "OpenCL.dll" : "libOpenCL.so.1";

    /// <summary>Cores and vector width of this machine.</summary>
    internal static string HostDescription => CpuDevice.Describe(Environment.ProcessorCount);

    /// <summary>
    /// Opens a device. <c>auto</c> takes the first CUDA device, else the first OpenCL device that is a GPU, else the
    /// CPU; a kind without a number means its device 0.
    /// </summary>
    /// <exception cref="DeviceException">No such name, no such device, or the device's driver refuses.</exception>
    public static IDevice Open(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        switch (name)
        {
            case "auto":
                return OpenFirst();
            case HostName:
                return OpenHost();
            case IlgpuHostName:
                return GpuDevices.OpenHost(name);
        }
        if (TryParse(name, "cuda", out int index) && index < ListCuda().Count)
            return GpuDevices.OpenCuda(index);
        if (TryParse(name, "opencl", out index) && index < ListOpenCl().Count)
            return GpuDevices.OpenOpenCl(index);
        string present = string.Join(", ", List().Select(device => device.Name));
        throw new DeviceException($"there is no device '{name}' here; there is {present} (or auto, which chooses)");
    }

    /// <summary>
    /// Opens a device whose products round to <paramref name="precision"/>. Below float32 that is an NVIDIA GPU of
    /// compute capability 8.0 or above, and <c>auto</c> takes the first of them.
    /// </summary>
    /// <exception cref="DeviceException">No such device, it has no such precision, or its driver refuses.</exception>
    public static IDevice Open(string name, Precision precision)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (precision == Precision.Fp32)
            return Open(name);
        IReadOnlyList<int> able = CanLoad(CudaLibrary) ? GpuDevices.ListTensorCuda() : [];
        if (name == "auto" && able.Count > 0)
            return GpuDevices.OpenCuda(able[0], precision);
        if (TryParse(name, "cuda", out int index) && able.Contains(index))
            return GpuDevices.OpenCuda(index, precision);
        // A device that is not there at all is refused as such.
        Open(name).Dispose();
        string present = able.Count == 0
            ? "there is none here"
            : "here that is " + string.Join(", ", able.Select(one => FormattableString.Invariant($"cuda:{one}")));
        throw new DeviceException(
            $"device '{name}' multiplies in fp32 only: --precision {precision.ToString().ToLowerInvariant()} needs an " +
            $"NVIDIA GPU of compute capability 8.0 or above; {present}");
    }

    /// <summary>Every device that <see cref="Open(string)"/> can open, the CPU first.</summary>
    public static IReadOnlyList<DeviceInfo> List()
    {
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return
        [
            new DeviceInfo(HostName, HostDescription, memory) { Details = Processor.Details },
            .. ListCuda(),
            .. ListOpenCl(),
            new DeviceInfo(IlgpuHostName, "the GPU kernels on the CPU, slow, for tests", memory),
        ];
    }

    /// <summary>The name that <c>auto</c> stands for where these devices are there.</summary>
    /// <remarks>An OpenCL device that is a CPU is passed over: <c>cpu</c> is faster on the same cores.</remarks>
    public static string Choose(IReadOnlyList<DeviceInfo> devices) =>
        (devices.FirstOrDefault(device => TryParse(device.Name, "cuda", out _))
            ?? devices.FirstOrDefault(device => device.IsGpu))?.Name ?? HostName;

    private static IDevice OpenFirst()
    {
        IReadOnlyList<DeviceInfo> found = ListCuda();
        string name = Choose(found.Count > 0 ? found : ListOpenCl());
        return TryParse(name, "cuda", out int index) ? GpuDevices.OpenCuda(index)
            : TryParse(name, "opencl", out index) ? GpuDevices.OpenOpenCl(index)
            : OpenHost();
    }

    private static CpuDevice OpenHost() => CpuDevice.Create();

    /// <summary>By its name; in containers where the loader does not know of it, where NVIDIA's tools mount it.</summary>
    private static string FindCuda()
    {
        if (OperatingSystem.IsWindows())
            return "nvcuda.dll";
        const string Name = "libcuda.so.1", Mounted = $"/usr/local/nvidia/lib64/{Name}";
        return !CanLoad(Name) && CanLoad(Mounted) ? Mounted : Name;
    }

    private static IReadOnlyList<DeviceInfo> ListCuda() => CanLoad(CudaLibrary) ? GpuDevices.ListCuda() : [];

    private static IReadOnlyList<DeviceInfo> ListOpenCl() => CanLoad(OpenClLibrary) ? GpuDevices.ListOpenCl() : [];

    /// <summary>A driver stays loaded: some do not survive being unloaded and loaded again.</summary>
    private static bool CanLoad(string library) => NativeLibrary.TryLoad(library, out _);

    /// <summary><c>kind</c> is device 0 of the kind, <c>kind:n</c> is device n.</summary>
    private static bool TryParse(string name, string kind, out int index)
    {
        index = 0;
        return name == kind ||
            (name.StartsWith(kind + ":", StringComparison.Ordinal) &&
            int.TryParse(name.AsSpan(kind.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out index));
    }
}

/// <summary>A device that was asked for and cannot be used; the message is for the person who asked.</summary>
public sealed class DeviceException : Exception
{
    /// <summary>Says what is wrong and what there is instead.</summary>
    public DeviceException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong and keeps the cause.</summary>
    public DeviceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a message.</summary>
    public DeviceException()
    {
    }
}
