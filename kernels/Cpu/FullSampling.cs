using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="SampleGaussian"/> and its gradient with a full covariance: z = μ + Lε with Lⱼⱼ = e^dⱼ,
/// KL = ½ (Σ Lⱼᵢ² + μᵀμ − k) − Σ dⱼ; d clamped to ±<see cref="GaussianCode.LogDeviationLimit"/>. An item is an image: a row of the posterior (B, 2k + k(k − 1)/2), which
/// holds μ, d and the entries below the diagonal row by row, and its K rows of ε and z (B·K, k).
/// </summary>
internal unsafe struct FullSampling
{
    public float* Posterior;
    public int Units;
    public int Draws;
    public RandomSource Noise;
    public uint Step;
    public float* Epsilon;
    public float* Z;
    public float* Divergence;
    public float* ZGradient;
    public float Weight;
    public DivergenceForm Form;
    public float* UnitWeights;
    public float* PosteriorGradient;

    public static void Run<S, V>(CpuDevice<S, V> device, in SampleGaussian operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var sampling = new FullSampling
        {
            Posterior = operation.Posterior.Pointer(),
            Units = operation.Z.Columns,
            Draws = operation.Draws,
            Noise = operation.Noise,
            Step = (uint)operation.Counters.Pointer()[Counter.GlobalStep],
            Epsilon = operation.Epsilon.Pointer(),
            Z = operation.Z.Pointer(),
            Divergence = operation.Divergence.Pointer(),
        };
        device.Pool.Run(&Rows<S, V>, &sampling, operation.Posterior.Rows);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in SampleGaussianGradient operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* row = ViewPointers.ScheduleRow(operation.Schedule, operation.Counters);
        var sampling = new FullSampling
        {
            Posterior = operation.Posterior.Pointer(),
            Units = operation.ZGradient.Columns,
            Draws = operation.Draws,
            Epsilon = operation.Epsilon.Pointer(),
            ZGradient = operation.ZGradient.Pointer(),
            Weight = operation.GradientScale * row[Schedule.DivergenceWeight],
            Form = operation.Divergence.Form,
            UnitWeights = operation.Divergence.UnitWeights.Pointer(),
            PosteriorGradient = operation.PosteriorGradient.Pointer(),
        };
        device.Pool.Run(&GradientRows<S, V>, &sampling, operation.Posterior.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly FullSampling sampling = ref *(FullSampling*)context;
        int k = sampling.Units, draws = sampling.Draws, width = Shapes.PosteriorWidth(Covariance.Full, k);
        PhiloxBlocks.FillNormal<S, V>(
            sampling.Noise, sampling.Step, (long)first * draws * k, (long)count * draws * k, sampling.Epsilon);
        for (int row = first; row < first + count; row++)
        {
            float* mean = sampling.Posterior + ((long)row * width);
            float* epsilon = sampling.Epsilon + ((long)row * draws * k);
            float* z = sampling.Z + ((long)row * draws * k);
            float total = 0;
            for (int unit = 0; unit < k; unit++)
            {
                float d = GaussianSampling.Clamp(mean[k + unit]);
                float deviation = MathF.Exp(d);
                float* below = mean + (2 * k) + GaussianSampling.RowStart(unit);
                for (int draw = 0; draw < draws; draw++)
                {
                    float* e = epsilon + ((long)draw * k);
                    z[((long)draw * k) + unit] = mean[unit] + (deviation * e[unit]) + Dot<S, V>(below, e, unit);
                }
                total += (mean[unit] * mean[unit]) + (deviation * deviation) - 1f - (2f * d) + Dot<S, V>(below, below, unit);
            }
            sampling.Divergence[row] = 0.5f * total;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GradientRows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly FullSampling sampling = ref *(FullSampling*)context;
        int k = sampling.Units, draws = sampling.Draws, width = Shapes.PosteriorWidth(Covariance.Full, k);
        bool isExact = sampling.Form == DivergenceForm.Exact;
        for (int row = first; row < first + count; row++)
        {
            float* mean = sampling.Posterior + ((long)row * width);
            float* gradient = sampling.PosteriorGradient + ((long)row * width);
            float* epsilon = sampling.Epsilon + ((long)row * draws * k);
            float* dz = sampling.ZGradient + ((long)row * draws * k);
            for (int unit = 0; unit < k; unit++)
            {
                float weight = sampling.UnitWeights == null ? sampling.Weight : sampling.Weight * sampling.UnitWeights[unit];
                float shift = 0, stretch = 0;
                for (int draw = 0; draw < draws; draw++)
                {
                    long element = ((long)draw * k) + unit;
                    shift += dz[element];
                    stretch += epsilon[element] * dz[element];
                }
                float stored = mean[k + unit];
                float deviation = MathF.Exp(GaussianSampling.Clamp(stored));
                float excess = isExact ? (deviation * deviation) - 1f : -1f;
                gradient[unit] = isExact ? shift + (weight * mean[unit]) : shift;
                gradient[k + unit] = MathF.Abs(stored) > GaussianCode.LogDeviationLimit
                    ? 0f
                    : (deviation * stretch) + (weight * excess);
                int start = (2 * k) + GaussianSampling.RowStart(unit);
                Below<S, V>(
                    mean + start, unit, epsilon, dz + unit, draws, k, isExact ? weight : 0f, gradient + start);
            }
        }
    }

    // ∂Lⱼᵢ = Σ εᵢ ∂zⱼ + wLⱼᵢ for one j, a vector of i at a time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Below<S, V>(
        float* below, int count, float* epsilon, float* dz, int draws, int k, float weight, float* gradient)
        where S : ISimd<V>
        where V : unmanaged
    {
        for (int i = 0; i < count; i += S.Lanes)
        {
            V sum = S.Multiply(S.Broadcast(weight), S.Load(below + i));
            for (long draw = 0; draw < (long)draws * k; draw += k)
                sum = S.MultiplyAdd(S.Load(epsilon + draw + i), S.Broadcast(dz[draw]), sum);
            if (count - i < S.Lanes)
                VectorStore.StoreFirst<S, V>(sum, count - i, gradient + i);
            else
                S.Store(sum, gradient + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot<S, V>(float* a, float* b, int count)
        where S : ISimd<V>
        where V : unmanaged
    {
        V sum = S.Zero;
        for (int i = 0; i < count; i += S.Lanes)
        {
            V product = S.Multiply(S.Load(a + i), S.Load(b + i));
            if (count - i < S.Lanes)
                product = S.Select(S.FirstLanes(count - i), product, S.Zero);
            sum = S.Add(sum, product);
        }
        return S.Sum(sum);
    }
}
