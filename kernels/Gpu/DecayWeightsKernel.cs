using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="DecayWeights"/> over a flat array (1, n): θ ← θ − αλ·θ with αλ from the schedule's row for this step.
/// </summary>
internal static class DecayWeightsKernel
{
    private static readonly LazyKernel<
        Action<AcceleratorStream, KernelConfig, int, ArrayView<float>, ArrayView<int>, ArrayView<float>>> _kernel =
        new(Decay);

    /// <summary>Loops over the n numbers.</summary>
    public static void Decay(
        int length, ArrayView<float> schedule, ArrayView<int> counters, ArrayView<float> parameters)
    {
        float factor = 1f - schedule[(counters[Counter.StepInEpoch] * Schedule.Columns) + Schedule.WeightDecay];
        int stride = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
            parameters[i] *= factor;
    }

    internal static void Run(GpuDevice device, in DecayWeights operation)
    {
        ArrayView<float> parameters = device.AsArray(operation.Parameters);
        int length = parameters.IntLength;
        if (length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, device.AsArray(operation.Schedule),
            device.AsArray(operation.Counters), parameters);
    }
}
