using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="Advance"/>: adds 1 to both counters (1, 2).</summary>
internal static class AdvanceKernel
{
    private static readonly LazyKernel<Action<AcceleratorStream, KernelConfig, ArrayView<int>>> _kernel = new(Advance);

    /// <summary>One thread.</summary>
    public static void Advance(ArrayView<int> counters) => Count(counters);

    /// <summary>What that thread does.</summary>
    internal static void Count(ArrayView<int> counters)
    {
        counters[Counter.StepInEpoch] += 1;
        counters[Counter.GlobalStep] += 1;
    }

    internal static void Run(GpuDevice device, in Advance operation) =>
        _kernel.On(device)(device.LaunchStream(), new KernelConfig(1, 1), device.AsArray(operation.Counters));
}
