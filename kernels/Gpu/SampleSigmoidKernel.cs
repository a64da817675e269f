using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="SampleSigmoid"/>: z = σ(a + deviation · ε) with a and z (B, k); ε of row i belongs to the image
/// order[first + i], where first = counters[StepInEpoch] · batchSize. Without an order there is no noise.
/// </summary>
internal static class SampleSigmoidKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(Sample);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int length, int units, int batchSize, float deviation,
        RandomSource noise, ArrayView<float> activations, ArrayView<int> order, ArrayView<int> counters,
        ArrayView<float> z);

    /// <summary>Loops over the elements of z.</summary>
    public static void Sample(
        int length, int units, int batchSize, float deviation, RandomSource noise, ArrayView<float> activations,
        ArrayView<int> order, ArrayView<int> counters, ArrayView<float> z)
    {
        int first = counters[Counter.StepInEpoch] * batchSize;
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int row = element / units;
            int unit = element - (row * units);
            float input = activations[element];
            if (order.Length > 0)
            {
                PhiloxWords words = Philox.Block(noise, (uint)order[first + row], (uint)unit / 4);
                input += deviation * GaussianMath.Normal(words, unit % 4);
            }
            float e = MathF.Exp(-MathF.Abs(input));
            z[element] = (input < 0f ? e : 1f) / (1f + e);
        }
    }

    internal static void Run(GpuDevice device, in SampleSigmoid operation)
    {
        ArrayView<float> z = device.AsArray(operation.Z);
        int length = z.IntLength;
        if (length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.Z.Columns, operation.BatchSize,
            operation.Deviation, operation.Noise, device.AsArray(operation.Activations),
            device.AsArray(operation.Order), device.AsArray(operation.Counters), z);
    }
}
