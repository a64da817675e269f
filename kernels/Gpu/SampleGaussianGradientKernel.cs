using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="SampleGaussianGradient"/>: from ∂L/∂z (B·K, k) to the gradient of the posterior, which has the
/// posterior's shape; the draws of an image are added in order.
/// </summary>
internal static class SampleGaussianGradientKernel
{
    private static readonly LazyKernel<Launcher> _diagonal = new(DiagonalGradient);
    private static readonly LazyKernel<Launcher> _full = new(FullGradient);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int length, int units, int draws, int isExact,
        float gradientScale, ArrayView<float> posterior, ArrayView<float> epsilon, ArrayView<float> zGradient,
        ArrayView<float> schedule, ArrayView<int> counters, ArrayView<float> unitWeights,
        ArrayView<float> posteriorGradient);

    /// <summary>
    /// ∂μ = Σ ∂z + wμ and ∂s = ½ e^(s/2) Σ ε ∂z + ½ w (e^s − 1), or without μ and e^s where KL is not taken in closed
    /// form; ∂s is 0 where s was clamped. Loops over (B, k).
    /// </summary>
    public static void DiagonalGradient(
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

    /// <summary>
    /// ∂μⱼ = Σ ∂zⱼ + wμⱼ, ∂dⱼ = e^dⱼ Σ εⱼ ∂zⱼ + w (e^2dⱼ − 1), 0 where d was clamped, and ∂Lⱼᵢ = Σ εᵢ ∂zⱼ + wLⱼᵢ; where
    /// KL is not taken in closed form, nothing of w is left but −w in ∂dⱼ. Loops over the posterior's elements.
    /// </summary>
    public static void FullGradient(
        int length, int units, int draws, int isExact, float gradientScale, ArrayView<float> posterior,
        ArrayView<float> epsilon, ArrayView<float> zGradient, ArrayView<float> schedule, ArrayView<int> counters,
        ArrayView<float> unitWeights, ArrayView<float> posteriorGradient)
    {
        int scheduled = (counters[Counter.StepInEpoch] * Schedule.Columns) + Schedule.DivergenceWeight;
        int width = (2 * units) + GaussianMath.RowStart(units);
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
                while (GaussianMath.RowStart(j + 1) <= entry)
                    j++;
                i = entry - GaussianMath.RowStart(j);
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
                float deviation = MathF.Exp(GaussianMath.ClampLogDeviation(stored));
                float excess = isExact != 0 ? (deviation * deviation) - 1f : -1f;
                gradient = MathF.Abs(stored) > GaussianCode.LogDeviationLimit
                    ? 0f
                    : (deviation * sum) + (weight * excess);
            }
            posteriorGradient[index] = gradient;
        }
    }

    internal static void Run(GpuDevice device, in SampleGaussianGradient operation)
    {
        ArrayView<float> posterior = device.AsArray(operation.Posterior);
        ArrayView<float> epsilon = device.AsArray(operation.Epsilon);
        if (epsilon.Length == 0)
            return;
        bool isDiagonal = operation.Covariance == Covariance.Diagonal;
        int length = isDiagonal ? posterior.IntLength / 2 : posterior.IntLength;
        (isDiagonal ? _diagonal : _full).On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.Epsilon.Columns, operation.Draws,
            operation.Divergence.Form == DivergenceForm.Exact ? 1 : 0, operation.GradientScale, posterior, epsilon,
            device.AsArray(operation.ZGradient), device.AsArray(operation.Schedule), device.AsArray(operation.Counters),
            device.AsArray(operation.Divergence.UnitWeights), device.AsArray(operation.PosteriorGradient));
    }
}
