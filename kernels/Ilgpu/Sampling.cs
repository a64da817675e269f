using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// z = μ + e^(s/2) ε, KL = ½ Σⱼ (μⱼ² + e^sⱼ − 1 − sⱼ) and their gradient, with s = log σ² clamped (Kingma and Welling
/// 2014). posterior (B, 2k) holds μ, then log σ², in each row; ε, z and ∂z are (B, k), KL is (1, B).
/// </summary>
internal static class SamplingKernels
{
    /// <summary>A group for each row, since KL is summed over it; a thread has every G-th unit.</summary>
    public static void Sample(
        int units, RandomSource noise, ArrayView<float> posterior, ArrayView<int> counters,
        ArrayView<float> epsilon, ArrayView<float> z, ArrayView<float> divergence)
    {
        int row = Grid.IdxX;
        uint step = (uint)counters[Counter.GlobalStep];
        float terms = 0f;
        for (int unit = Group.IdxX; unit < units; unit += Group.DimX)
        {
            float mean = posterior[(2 * row * units) + unit];
            float logVariance = Clamp(posterior[(((2 * row) + 1) * units) + unit]);
            int element = (row * units) + unit;
            float draw = Normal(Philox.Block(noise, step, (uint)element / 4), element % 4);
            epsilon[element] = draw;
            z[element] = mean + (MathF.Exp(0.5f * logVariance) * draw);
            terms += (mean * mean) + MathF.Exp(logVariance) - 1f - logVariance;
        }
        float sum = GroupSum.Of(terms);
        if (Group.IdxX == 0)
            divergence[row] = 0.5f * sum;
    }

    /// <summary>∂μ = ∂z + wμ and ∂s = ½ e^(s/2) ε ∂z + ½ w (e^s − 1), 0 where s was clamped; loops over (B, k).</summary>
    public static void Gradient(
        int length, int units, float gradientScale, ArrayView<float> posterior, ArrayView<float> epsilon,
        ArrayView<float> zGradient, ArrayView<float> schedule, ArrayView<int> counters, ArrayView<float> posteriorGradient)
    {
        int scheduled = (counters[Counter.StepInEpoch] * Schedule.Columns) + Schedule.DivergenceWeight;
        float weight = gradientScale * schedule[scheduled];
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int row = element / units;
            int meanIndex = element + (row * units);
            int varianceIndex = meanIndex + units;
            float logVariance = posterior[varianceIndex];
            float gradient = zGradient[element];
            float byDraw = 0.5f * MathF.Exp(0.5f * logVariance) * epsilon[element] * gradient;
            float byDivergence = 0.5f * weight * (MathF.Exp(logVariance) - 1f);
            posteriorGradient[meanIndex] = gradient + (weight * posterior[meanIndex]);
            posteriorGradient[varianceIndex] =
                MathF.Abs(logVariance) > GaussianCode.LogVarianceLimit ? 0f : byDraw + byDivergence;
        }
    }

    /// <summary>NaN stays NaN.</summary>
    private static float Clamp(float logVariance)
    {
        float bounded = logVariance > GaussianCode.LogVarianceLimit ? GaussianCode.LogVarianceLimit : logVariance;
        return bounded < -GaussianCode.LogVarianceLimit ? -GaussianCode.LogVarianceLimit : bounded;
    }

    private static float Normal(PhiloxWords words, int index)
    {
        (float n0, float n1, float n2, float n3) = Philox.Normals(words);
        float even = index == 0 ? n0 : n2;
        float odd = index == 1 ? n1 : n3;
        return index % 2 == 0 ? even : odd;
    }
}

public sealed partial class IlgpuBackend
{
    private SampleLauncher? sample;
    private SampleGradientLauncher? sampleGradient;

    private delegate void SampleLauncher(
        AcceleratorStream stream, KernelConfig config, int units, RandomSource noise, ArrayView<float> posterior,
        ArrayView<int> counters, ArrayView<float> epsilon, ArrayView<float> z, ArrayView<float> divergence);

    private delegate void SampleGradientLauncher(
        AcceleratorStream stream, KernelConfig config, int length, int units, float gradientScale,
        ArrayView<float> posterior, ArrayView<float> epsilon, ArrayView<float> zGradient, ArrayView<float> schedule,
        ArrayView<int> counters, ArrayView<float> posteriorGradient);

    /// <inheritdoc/>
    public void SampleDiagonal(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence)
    {
        RequireShape(posterior, z.Rows, 2 * z.Columns, nameof(posterior));
        RequireShape(epsilon, z.Rows, z.Columns, nameof(epsilon));
        RequireLength(divergence, z.Rows, nameof(divergence));
        RequireLength(counters, Counter.Count, nameof(counters));
        _ = ElementCount(posterior, nameof(posterior));
        if (z.Rows == 0)
            return;
        sample ??= new(accelerator.LoadKernel<
            int, RandomSource, ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<float>, ArrayView<float>>(
            SamplingKernels.Sample));
        sample(
            CountedStream(), shapes.Rows(z.Rows, z.Columns), z.Columns, noise, Array(posterior), Array(counters),
            Array(epsilon), Array(z), Array(divergence));
    }

    /// <inheritdoc/>
    public void SampleDiagonalGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, View<float> posteriorGradient)
    {
        RequireShape(posterior, epsilon.Rows, 2 * epsilon.Columns, nameof(posterior));
        RequireShape(zGradient, epsilon.Rows, epsilon.Columns, nameof(zGradient));
        RequireShape(posteriorGradient, posterior.Rows, posterior.Columns, nameof(posteriorGradient));
        RequireColumns(schedule, Schedule.Columns, nameof(schedule));
        RequireLength(counters, Counter.Count, nameof(counters));
        _ = ElementCount(posterior, nameof(posterior));
        if (epsilon.Length == 0)
            return;
        sampleGradient ??= new(accelerator.LoadKernel<
            int, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>,
            ArrayView<float>>(SamplingKernels.Gradient));
        int length = ElementCount(epsilon, nameof(epsilon));
        sampleGradient(
            CountedStream(), shapes.Elements(length), length, epsilon.Columns, gradientScale, Array(posterior),
            Array(epsilon), Array(zGradient), Array(schedule), Array(counters), Array(posteriorGradient));
    }
}
