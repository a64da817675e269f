using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// z = μ + Lε with Lⱼⱼ = e^dⱼ, KL = ½ (Σ Lⱼᵢ² + μᵀμ − k) − Σ dⱼ and their gradient. posterior (B, 2k + k(k − 1)/2) holds μ,
/// d and the entries below the diagonal row by row in each row; ε, z and ∂z are (B·K, k), KL is (1, B).
/// </summary>
internal static class FullSamplingKernels
{
    /// <summary>A group for each image; a thread has every G-th unit of its draws, of which all threads need ε.</summary>
    public static void Sample(
        int units, int draws, int width, RandomSource noise, ArrayView<float> posterior, ArrayView<int> counters,
        ArrayView<float> epsilon, ArrayView<float> z, ArrayView<float> divergence)
    {
        int row = Grid.IdxX;
        int mean = row * width;
        uint step = (uint)counters[Counter.GlobalStep];
        int first = row * draws * units;
        int end = first + (draws * units);
        for (int element = first + Group.IdxX; element < end; element += Group.DimX)
        {
            epsilon[element] =
                SamplingKernels.Normal(Philox.Block(noise, step, (uint)element / 4), element % 4);
        }
        Group.Barrier();
        float terms = 0f;
        for (int unit = Group.IdxX; unit < units; unit += Group.DimX)
        {
            float centre = posterior[mean + unit];
            float d = Clamp(posterior[mean + units + unit]);
            float deviation = MathF.Exp(d);
            int below = mean + (2 * units) + RowStart(unit);
            for (int draw = first; draw < end; draw += units)
            {
                float sum = deviation * epsilon[draw + unit];
                for (int i = 0; i < unit; i++)
                    sum += posterior[below + i] * epsilon[draw + i];
                z[draw + unit] = centre + sum;
            }
            float squares = 0f;
            for (int i = 0; i < unit; i++)
                squares += posterior[below + i] * posterior[below + i];
            terms += (centre * centre) + (deviation * deviation) - 1f - (2f * d) + squares;
        }
        float total = GroupSum.Of(terms);
        if (Group.IdxX == 0)
            divergence[row] = 0.5f * total;
    }

    /// <summary>
    /// ∂μⱼ = Σ ∂zⱼ + wμⱼ, ∂dⱼ = e^dⱼ Σ εⱼ ∂zⱼ + w (e^2dⱼ − 1), 0 where d was clamped, and ∂Lⱼᵢ = Σ εᵢ ∂zⱼ + wLⱼᵢ; where KL
    /// is not taken in closed form, nothing of w is left but −w in ∂dⱼ. Loops over the posterior's elements.
    /// </summary>
    public static void Gradient(
        int length, int units, int draws, int isExact, float gradientScale, ArrayView<float> posterior,
        ArrayView<float> epsilon, ArrayView<float> zGradient, ArrayView<float> schedule, ArrayView<int> counters,
        ArrayView<float> unitWeights, ArrayView<float> posteriorGradient)
    {
        int scheduled = (counters[Counter.StepInEpoch] * Schedule.Columns) + Schedule.DivergenceWeight;
        int width = (2 * units) + RowStart(units);
        int stride = Grid.DimX * Group.DimX;
        for (int index = (Grid.IdxX * Group.DimX) + Group.IdxX; index < length; index += stride)
        {
            int row = index / width;
            int column = index - (row * width);
            // Element (j, i) of L; a mean has no i.
            int j = column < units ? column : column - units;
            int i = column < units ? -1 : j;
            if (column >= 2 * units)
            {
                int entry = column - (2 * units);
                j = 1;
                while (RowStart(j + 1) <= entry)
                    j++;
                i = entry - RowStart(j);
            }
            float weight = gradientScale * schedule[scheduled];
            if (unitWeights.Length > 0)
                weight *= unitWeights[j];
            float sum = 0f;
            for (int draw = row * draws * units; draw < (row + 1) * draws * units; draw += units)
                sum += i < 0 ? zGradient[draw + j] : epsilon[draw + i] * zGradient[draw + j];
            float stored = posterior[index];
            float gradient = isExact != 0 ? sum + (weight * stored) : sum;
            if (i == j)
            {
                float deviation = MathF.Exp(Clamp(stored));
                float excess = isExact != 0 ? (deviation * deviation) - 1f : -1f;
                gradient = MathF.Abs(stored) > GaussianCode.LogDeviationLimit
                    ? 0f
                    : (deviation * sum) + (weight * excess);
            }
            posteriorGradient[index] = gradient;
        }
    }

    /// <summary>Where row <paramref name="unit"/> of L begins among the entries below the diagonal.</summary>
    public static int RowStart(int unit) => unit * (unit - 1) / 2;

    /// <summary>NaN stays NaN.</summary>
    public static float Clamp(float d)
    {
        float bounded = d > GaussianCode.LogDeviationLimit ? GaussianCode.LogDeviationLimit : d;
        return bounded < -GaussianCode.LogDeviationLimit ? -GaussianCode.LogDeviationLimit : bounded;
    }
}

public sealed partial class IlgpuBackend
{
    private SampleFullLauncher? sampleFull;
    private SampleGradientLauncher? sampleFullGradient;

    private delegate void SampleFullLauncher(
        AcceleratorStream stream, KernelConfig config, int units, int draws, int width, RandomSource noise,
        ArrayView<float> posterior, ArrayView<int> counters, ArrayView<float> epsilon, ArrayView<float> z,
        ArrayView<float> divergence);

    /// <inheritdoc/>
    public void SampleFull(
        View<float> posterior, View<int> counters, RandomSource noise,
        View<float> epsilon, View<float> z, View<float> divergence)
    {
        int draws = Shapes.Draws(posterior.Rows, z.Rows);
        RequireLength(counters, Counter.Count, nameof(counters));
        _ = ElementCount(posterior, nameof(posterior));
        _ = ElementCount(z, nameof(z));
        if (z.Rows == 0)
            return;
        sampleFull ??= new(accelerator.LoadKernel<
            int, int, int, RandomSource, ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<float>,
            ArrayView<float>>(FullSamplingKernels.Sample));
        sampleFull(
            CountedStream(), shapes.Rows(posterior.Rows, z.Columns), z.Columns, draws, posterior.Columns, noise,
            Array(posterior), Array(counters), Array(epsilon), Array(z), Array(divergence));
    }

    /// <inheritdoc/>
    public void SampleFullGradient(
        View<float> posterior, View<float> epsilon, View<float> zGradient, View<float> schedule, View<int> counters,
        float gradientScale, in DivergenceGradient divergence, View<float> posteriorGradient)
    {
        int draws = Shapes.Draws(posterior.Rows, zGradient.Rows);
        RequireColumns(schedule, Schedule.Columns, nameof(schedule));
        RequireLength(counters, Counter.Count, nameof(counters));
        _ = ElementCount(epsilon, nameof(epsilon));
        if (epsilon.Length == 0)
            return;
        sampleFullGradient ??= new(accelerator.LoadKernel<
            int, int, int, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>,
            ArrayView<int>, ArrayView<float>, ArrayView<float>>(FullSamplingKernels.Gradient));
        int length = ElementCount(posterior, nameof(posterior));
        sampleFullGradient(
            CountedStream(), shapes.Elements(length), length, epsilon.Columns, draws, IsExact(divergence),
            gradientScale, Array(posterior), Array(epsilon), Array(zGradient), Array(schedule), Array(counters),
            Array(divergence.UnitWeights), Array(posteriorGradient));
    }
}
