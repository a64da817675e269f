using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// z = μ + e^(s/2) ε, KL = ½ Σⱼ (μⱼ² + e^sⱼ − 1 − sⱼ) and their gradient, with s = log σ² clamped (Kingma and Welling
/// 2014). posterior (B, 2k) holds μ, then log σ², in each row; ε, z and ∂z are (B, k), KL is (1, B).
/// </summary>
internal static class SamplingKernels
{
    /// <summary>A group for each image, since KL is summed over it; a thread has every G-th unit of its draws.</summary>
    public static void Sample(
        int units, int draws, RandomSource noise, ArrayView<float> posterior, ArrayView<int> counters,
        ArrayView<float> epsilon, ArrayView<float> z, ArrayView<float> divergence)
    {
        int row = Grid.IdxX;
        uint step = (uint)counters[Counter.GlobalStep];
        float terms = 0f;
        for (int unit = Group.IdxX; unit < units; unit += Group.DimX)
        {
            float mean = posterior[(2 * row * units) + unit];
            float logVariance = Clamp(posterior[(((2 * row) + 1) * units) + unit]);
            for (int draw = row * draws; draw < (row + 1) * draws; draw++)
            {
                int element = (draw * units) + unit;
                float normal = Normal(Philox.Block(noise, step, (uint)element / 4), element % 4);
                epsilon[element] = normal;
                z[element] = mean + (MathF.Exp(0.5f * logVariance) * normal);
            }
            terms += (mean * mean) + MathF.Exp(logVariance) - 1f - logVariance;
        }
        float sum = GroupSum.Of(terms);
        if (Group.IdxX == 0)
            divergence[row] = 0.5f * sum;
    }

    /// <summary>
    /// ∂μ = Σ ∂z + wμ and ∂s = ½ e^(s/2) Σ ε ∂z + ½ w (e^s − 1), or without μ and e^s where KL is not taken in closed form;
    /// ∂s is 0 where s was clamped. Loops over (B, k).
    /// </summary>
    public static void Gradient(
        int length, int units, int draws, int isExact, float gradientScale, ArrayView<float> posterior,
        ArrayView<float> epsilon, ArrayView<float> zGradient, ArrayView<float> schedule, ArrayView<int> counters,
        ArrayView<float> unitWeights, ArrayView<float> posteriorGradient)
    {
        int scheduled = (counters[Counter.StepInEpoch] * Schedule.Columns) + Schedule.DivergenceWeight;
        int stride = Grid.DimX * Group.DimX;
        for (int index = (Grid.IdxX * Group.DimX) + Group.IdxX; index < length; index += stride)
        {
            int row = index / units;
            int unit = index - (row * units);
            float weight = gradientScale * schedule[scheduled];
            if (unitWeights.Length > 0)
                weight *= unitWeights[unit];
            int meanIndex = index + (row * units);
            int varianceIndex = meanIndex + units;
            float logVariance = posterior[varianceIndex];
            float shift = 0f, stretch = 0f;
            for (int draw = row * draws; draw < (row + 1) * draws; draw++)
            {
                int element = (draw * units) + unit;
                float gradient = zGradient[element];
                shift += gradient;
                stretch += epsilon[element] * gradient;
            }
            float byDraw = 0.5f * MathF.Exp(0.5f * logVariance) * stretch;
            float excess = isExact != 0 ? MathF.Exp(logVariance) - 1f : -1f;
            float centring = isExact != 0 ? posterior[meanIndex] : 0f;
            posteriorGradient[meanIndex] = shift + (weight * centring);
            posteriorGradient[varianceIndex] =
                MathF.Abs(logVariance) > GaussianCode.LogVarianceLimit ? 0f : byDraw + (0.5f * weight * excess);
        }
    }

    /// <summary>NaN stays NaN.</summary>
    private static float Clamp(float logVariance)
    {
        float bounded = logVariance > GaussianCode.LogVarianceLimit ? GaussianCode.LogVarianceLimit : logVariance;
        return bounded < -GaussianCode.LogVarianceLimit ? -GaussianCode.LogVarianceLimit : bounded;
    }

    /// <summary>Normal number <paramref name="index"/> of a block.</summary>
    public static float Normal(PhiloxWords words, int index)
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
        AcceleratorStream stream, KernelConfig config, int units, int draws, RandomSource noise,
        ArrayView<float> posterior, ArrayView<int> counters, ArrayView<float> epsilon, ArrayView<float> z,
        ArrayView<float> divergence);

    private delegate void SampleGradientLauncher(
        AcceleratorStream stream, KernelConfig config, int length, int units, int draws, int isExact,
        float gradientScale, ArrayView<float> posterior, ArrayView<float> epsilon, ArrayView<float> zGradient,
        ArrayView<float> schedule, ArrayView<int> counters, ArrayView<float> unitWeights,
        ArrayView<float> posteriorGradient);

    /// <inheritdoc/>
    public void SampleDiagonal(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence)
    {
        int draws = Shapes.Draws(posterior.Rows, z.Rows);
        RequireLength(counters, Counter.Count, nameof(counters));
        _ = ElementCount(posterior, nameof(posterior));
        _ = ElementCount(z, nameof(z));
        if (z.Rows == 0)
            return;
        sample ??= new(accelerator.LoadKernel<
            int, int, RandomSource, ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<float>,
            ArrayView<float>>(SamplingKernels.Sample));
        sample(
            CountedStream(), shapes.Rows(posterior.Rows, z.Columns), z.Columns, draws, noise, Array(posterior),
            Array(counters), Array(epsilon), Array(z), Array(divergence));
    }

    /// <inheritdoc/>
    public void SampleDiagonalGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient)
    {
        int draws = Shapes.Draws(posterior.Rows, zGradient.Rows);
        RequireColumns(schedule, Schedule.Columns, nameof(schedule));
        RequireLength(counters, Counter.Count, nameof(counters));
        _ = ElementCount(epsilon, nameof(epsilon));
        if (epsilon.Length == 0)
            return;
        sampleGradient ??= new(accelerator.LoadKernel<
            int, int, int, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>,
            ArrayView<int>, ArrayView<float>, ArrayView<float>>(SamplingKernels.Gradient));
        int length = ElementCount(posterior, nameof(posterior)) / 2;
        sampleGradient(
            CountedStream(), shapes.Elements(length), length, epsilon.Columns, draws, IsExact(divergence),
            gradientScale, Array(posterior), Array(epsilon), Array(zGradient), Array(schedule), Array(counters),
            Array(divergence.UnitWeights), Array(posteriorGradient));
    }

    /// <summary>As kernels take it.</summary>
    private static int IsExact(in DivergenceGradient divergence) => divergence.Form == DivergenceForm.Exact ? 1 : 0;
}
