using GpuVae.Kernels;
using GpuVae.Kernels.Simd;

namespace GpuVae.Bench;

/// <summary>Opens devices for measurement.</summary>
internal static class Backend
{
    /// <summary>The device of that name; on the CPU with that many threads, 0 for one on each core.</summary>
    public static IBackend Open(string device, int threads) =>
        device == "cpu" ? SimdBackend.Create(threads) : Device.Open(device);
}
