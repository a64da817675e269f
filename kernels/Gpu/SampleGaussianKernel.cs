using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="SampleGaussian"/>: draws z = μ + Lε and the divergence of the posterior. ε and z are (B·K, k), KL is (1,
/// B).
/// </summary>
internal static class SampleGaussianKernel
{
    private static readonly LazyKernel<DiagonalLauncher> _diagonal = new(SampleDiagonal);
    private static readonly LazyKernel<FullLauncher> _full = new(SampleFull);

    private delegate void DiagonalLauncher(
        AcceleratorStream stream, KernelConfig config, int units, int draws, RandomSource noise,
        ArrayView<float> posterior, ArrayView<int> counters, ArrayView<float> epsilon, ArrayView<float> z,
        ArrayView<float> divergence);

    private delegate void FullLauncher(
        AcceleratorStream stream, KernelConfig config, int units, int draws, int width, RandomSource noise,
        ArrayView<float> posterior, ArrayView<int> counters, ArrayView<float> epsilon, ArrayView<float> z,
        ArrayView<float> divergence);

    /// <summary>
    /// z = μ + e^(s/2) ε and KL = ½ Σⱼ (μⱼ² + e^sⱼ − 1 − sⱼ), posterior (B, 2k). A group for each image, since KL is
    /// summed over it; a thread has every G-th unit of its draws.
    /// </summary>
    public static void SampleDiagonal(
        int units, int draws, RandomSource noise, ArrayView<float> posterior, ArrayView<int> counters,
        ArrayView<float> epsilon, ArrayView<float> z, ArrayView<float> divergence)
    {
        int row = Grid.IdxX;
        uint step = (uint)counters[Counter.GlobalStep];
        float terms = 0f;
        for (int unit = Group.IdxX; unit < units; unit += Group.DimX)
        {
            float mean = posterior[(2 * row * units) + unit];
            float logVariance = GaussianMath.ClampLogVariance(posterior[(((2 * row) + 1) * units) + unit]);
            for (int draw = row * draws; draw < (row + 1) * draws; draw++)
            {
                int element = (draw * units) + unit;
                float normal = GaussianMath.Normal(Philox.Block(noise, step, (uint)element / 4), element % 4);
                epsilon[element] = normal;
                z[element] = mean + (MathF.Exp(0.5f * logVariance) * normal);
            }
            terms += (mean * mean) + MathF.Exp(logVariance) - 1f - logVariance;
        }
        float sum = GroupReduction.Sum(terms);
        if (Group.IdxX == 0)
            divergence[row] = 0.5f * sum;
    }

    /// <summary>
    /// z = μ + Lε with Lⱼⱼ = e^dⱼ and KL = ½ (Σ Lⱼᵢ² + μᵀμ − k) − Σ dⱼ, posterior (B, 2k + k(k − 1)/2). A group for
    /// each image; a thread has every G-th unit of its draws, of which all threads need ε.
    /// </summary>
    public static void SampleFull(
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
                GaussianMath.Normal(Philox.Block(noise, step, (uint)element / 4), element % 4);
        }
        Group.Barrier();
        float terms = 0f;
        for (int unit = Group.IdxX; unit < units; unit += Group.DimX)
        {
            float centre = posterior[mean + unit];
            float d = GaussianMath.ClampLogDeviation(posterior[mean + units + unit]);
            float deviation = MathF.Exp(d);
            int below = mean + (2 * units) + GaussianMath.RowStart(unit);
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
        float total = GroupReduction.Sum(terms);
        if (Group.IdxX == 0)
            divergence[row] = 0.5f * total;
    }

    internal static void Run(GpuDevice device, in SampleGaussian operation)
    {
        ArrayView<float> posterior = device.AsArray(operation.Posterior), z = device.AsArray(operation.Z);
        (int images, int units) = (operation.Posterior.Rows, operation.Z.Columns);
        if (images == 0)
            return;
        KernelConfig config = device.Configs.Rows(images, units);
        ArrayView<int> counters = device.AsArray(operation.Counters);
        ArrayView<float> epsilon = device.AsArray(operation.Epsilon), divergence = device.AsArray(operation.Divergence);
        if (operation.Covariance == Covariance.Diagonal)
        {
            _diagonal.On(device)(
                device.LaunchStream(), config, units, operation.Draws, operation.Noise, posterior, counters, epsilon, z,
                divergence);
        }
        else
        {
            _full.On(device)(
                device.LaunchStream(), config, units, operation.Draws, operation.Posterior.Columns, operation.Noise,
                posterior, counters, epsilon, z, divergence);
        }
    }
}
