using System.Globalization;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Kernels.Gpu;
using GpuVae.Runs;

namespace GpuVae.Bench;

/// <summary>Opens devices for measurement.</summary>
internal static class BenchDevice
{
    /// <summary>What products round to where nothing else is asked for.</summary>
    public const string DefaultPrecision = "fp32";

    /// <summary>
    /// Float32 on CUDA's tensor cores, by splitting each operand into TF32 parts: for measurement only, beside
    /// <see cref="DefaultPrecision"/>, which it may replace where it is faster.
    /// </summary>
    public const string SplitPrecision = "3xtf32";

    /// <summary>The device of that name; on the CPU with that many threads, 0 for one on each core.</summary>
    public static IDevice Open(string device, int threads, string precision = DefaultPrecision)
    {
        if (device == "cpu" && precision == DefaultPrecision)
            return CpuDevice.Create(threads);
        if (precision != SplitPrecision)
            return Device.Open(device, Registry.Precisions.Find(precision));
        if (!device.StartsWith("cuda", StringComparison.Ordinal))
            throw new UserException($"--precision {precision}: {device} has no tensor cores; give --device cuda");
        int index = device == "cuda" ? 0 : int.Parse(device.AsSpan("cuda:".Length), CultureInfo.InvariantCulture);
        return GpuDevices.OpenCuda(index, splitsFp32: true);
    }
}
