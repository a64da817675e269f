using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// Over flat arrays (1, n): Σ valueᵢ², g ← g · limit/‖g‖ where the norm is above the limit, and θ ← θ − αλ·θ.
/// </summary>
internal static class GradientNormKernels
{
    /// <summary>A sum for each group: a thread adds every stride-th square, then the group's threads make a tree.</summary>
    public static void SumSquares(int length, ArrayView<float> values, ArrayView<float> sums)
    {
        float sum = 0f;
        int stride = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
            sum += values[i] * values[i];
        float total = GroupSum.Of(sum);
        if (Group.IdxX == 0)
            sums[Grid.IdxX] = total;
    }

    /// <summary>Loops over the n numbers.</summary>
    public static void Clip(int length, float limit, ArrayView<float> sumOfSquares, ArrayView<float> gradient)
    {
        float norm = MathF.Sqrt(sumOfSquares[0]);
        if (!(norm > limit))
            return;
        float factor = limit / norm;
        int stride = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
            gradient[i] *= factor;
    }

    /// <summary>Loops over the n numbers.</summary>
    public static void Decay(int length, ArrayView<float> schedule, ArrayView<int> counters, ArrayView<float> parameters)
    {
        float factor = 1f - schedule[(counters[Counter.StepInEpoch] * Schedule.Columns) + Schedule.WeightDecay];
        int stride = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
            parameters[i] *= factor;
    }
}

public sealed partial class IlgpuBackend
{
    private Action<AcceleratorStream, KernelConfig, int, ArrayView<float>, ArrayView<float>>? sumSquares;
    private Action<AcceleratorStream, KernelConfig, int, float, ArrayView<float>, ArrayView<float>>? clipNorm;
    private Action<
        AcceleratorStream, KernelConfig, int, ArrayView<float>, ArrayView<int>, ArrayView<float>>? decayWeights;

    /// <inheritdoc/>
    public void SumSquares(View<float> values, View<float> sum)
    {
        RequireLength(sum, 1, nameof(sum));
        sumSquares ??= accelerator.LoadKernel<int, ArrayView<float>, ArrayView<float>>(GradientNormKernels.SumSquares);
        int length = ElementCount(values, nameof(values));
        KernelConfig config = shapes.Elements(Math.Max(length, 1));
        ArrayView<float> sums = partialSums.Take(config.GridDim.X);
        sumSquares(CountedStream(), config, length, Array(values), sums);
        SumRows(1, config.GridDim.X, sums, Array(sum));
    }

    /// <inheritdoc/>
    public void ClipNorm(View<float> sumOfSquares, float limit, View<float> gradient)
    {
        RequireLength(sumOfSquares, 1, nameof(sumOfSquares));
        if (gradient.Length == 0)
            return;
        clipNorm ??= accelerator.LoadKernel<int, float, ArrayView<float>, ArrayView<float>>(GradientNormKernels.Clip);
        int length = ElementCount(gradient, nameof(gradient));
        clipNorm(CountedStream(), shapes.Elements(length), length, limit, Array(sumOfSquares), Array(gradient));
    }

    /// <inheritdoc/>
    public void DecayWeights(View<float> schedule, View<int> counters, View<float> parameters)
    {
        RequireColumns(schedule, Schedule.Columns, nameof(schedule));
        RequireLength(counters, Counter.Count, nameof(counters));
        if (parameters.Length == 0)
            return;
        decayWeights ??= accelerator.LoadKernel<int, ArrayView<float>, ArrayView<int>, ArrayView<float>>(
            GradientNormKernels.Decay);
        int length = ElementCount(parameters, nameof(parameters));
        decayWeights(
            CountedStream(), shapes.Elements(length), length, Array(schedule), Array(counters), Array(parameters));
    }
}
