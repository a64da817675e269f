using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// z = σ(a + deviation · ε) with a and z (B, k); ε of row i belongs to the image order[first + i], where
/// first = counters[StepInEpoch] · batchSize. Without an order there is no noise.
/// </summary>
internal static class SigmoidSamplingKernels
{
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
                input += deviation * SamplingKernels.Normal(words, unit % 4);
            }
            float e = MathF.Exp(-MathF.Abs(input));
            z[element] = (input < 0f ? e : 1f) / (1f + e);
        }
    }
}

public sealed partial class IlgpuBackend
{
    private SampleSigmoidLauncher? sampleSigmoid;

    private delegate void SampleSigmoidLauncher(
        AcceleratorStream stream, KernelConfig config, int length, int units, int batchSize, float deviation,
        RandomSource noise, ArrayView<float> activations, ArrayView<int> order, ArrayView<int> counters,
        ArrayView<float> z);

    /// <inheritdoc/>
    public void SampleSigmoid(
        View<float> activations, View<int> order, View<int> counters, int batchSize, float deviation, RandomSource noise,
        View<float> z)
    {
        RequireShape(activations, z.Rows, z.Columns, nameof(activations));
        RequireLength(counters, Counter.Count, nameof(counters));
        if (z.Length == 0)
            return;
        sampleSigmoid ??= new(accelerator.LoadKernel<
            int, int, int, float, RandomSource, ArrayView<float>, ArrayView<int>, ArrayView<int>, ArrayView<float>>(
            SigmoidSamplingKernels.Sample));
        int length = ElementCount(z, nameof(z));
        sampleSigmoid(
            CountedStream(), shapes.Elements(length), length, z.Columns, batchSize, deviation, noise,
            Array(activations), Array(order), Array(counters), Array(z));
    }
}
