using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="SampleGaussian"/> and its gradient with a diagonal covariance: z = μ + e^(s/2) ε,
/// KL = ½ Σ (μ² + e^s − 1 − s); s = log σ² clamped to ±<see cref="GaussianCode.LogVarianceLimit"/>. An item is an image: a row
/// of the posterior (B, 2k), which holds μ, then s, and its K rows of ε and z (B·K, k).
/// </summary>
internal unsafe struct DiagonalSampling
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
        var sampling = new DiagonalSampling
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
        var sampling = new DiagonalSampling
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
        ref readonly DiagonalSampling sampling = ref *(DiagonalSampling*)context;
        int k = sampling.Units, draws = sampling.Draws;
        PhiloxBlocks.FillNormal<S, V>(
            sampling.Noise, sampling.Step, (long)first * draws * k, (long)count * draws * k, sampling.Epsilon);
        for (int row = first; row < first + count; row++)
        {
            float* mean = sampling.Posterior + (2L * row * k);
            float* logVariance = mean + k;
            V total = S.Zero;
            for (int unit = 0; unit < k; unit += S.Lanes)
            {
                V m = S.Load(mean + unit);
                V s = Clamp<S, V>(S.Load(logVariance + unit));
                V deviation = VectorMath.Exp<S, V>(S.Multiply(s, S.Broadcast(0.5f)));
                int rest = k - unit;
                for (long draw = (long)row * draws; draw < ((long)row + 1) * draws; draw++)
                {
                    long element = (draw * k) + unit;
                    V sample = S.MultiplyAdd(deviation, S.Load(sampling.Epsilon + element), m);
                    if (rest < S.Lanes)
                        VectorStore.StoreFirst<S, V>(sample, rest, sampling.Z + element);
                    else
                        S.Store(sample, sampling.Z + element);
                }
                V divergence = S.MultiplyAdd(
                    m, m, S.Subtract(S.Subtract(S.Multiply(deviation, deviation), S.Broadcast(1f)), s));
                if (rest < S.Lanes)
                    divergence = S.Select(S.FirstLanes(rest), divergence, S.Zero);
                total = S.Add(total, divergence);
            }
            sampling.Divergence[row] = 0.5f * S.Sum(total);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GradientRows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly DiagonalSampling sampling = ref *(DiagonalSampling*)context;
        int k = sampling.Units, draws = sampling.Draws;
        bool isExact = sampling.Form == DivergenceForm.Exact;
        V half = S.Broadcast(0.5f);
        for (int row = first; row < first + count; row++)
        {
            float* mean = sampling.Posterior + (2L * row * k);
            float* meanGradient = sampling.PosteriorGradient + (2L * row * k);
            for (int unit = 0; unit < k; unit += S.Lanes)
            {
                V stored = S.Load(mean + k + unit);
                V deviation = VectorMath.Exp<S, V>(S.Multiply(Clamp<S, V>(stored), half));
                long element = ((long)row * draws * k) + unit;
                V dz = S.Load(sampling.ZGradient + element);
                V slope = S.Multiply(S.Multiply(deviation, S.Load(sampling.Epsilon + element)), dz);
                for (int draw = 1; draw < draws; draw++)
                {
                    element += k;
                    V gradient = S.Load(sampling.ZGradient + element);
                    slope = S.MultiplyAdd(S.Multiply(deviation, S.Load(sampling.Epsilon + element)), gradient, slope);
                    dz = S.Add(dz, gradient);
                }

                V weight = S.Broadcast(sampling.Weight);
                if (sampling.UnitWeights != null)
                    weight = S.Multiply(weight, S.Load(sampling.UnitWeights + unit));
                V variance = isExact ? S.Multiply(deviation, deviation) : S.Zero;
                V excess = S.Subtract(variance, S.Broadcast(1f));
                V ds = S.Multiply(half, S.MultiplyAdd(weight, excess, slope));
                V clamped = S.GreaterThan(S.Abs(stored), S.Broadcast(GaussianCode.LogVarianceLimit));
                ds = S.Select(clamped, S.Zero, ds);
                V dm = isExact ? S.MultiplyAdd(weight, S.Load(mean + unit), dz) : dz;
                int rest = k - unit;
                if (rest < S.Lanes)
                {
                    VectorStore.StoreFirst<S, V>(dm, rest, meanGradient + unit);
                    VectorStore.StoreFirst<S, V>(ds, rest, meanGradient + k + unit);
                }
                else
                {
                    S.Store(dm, meanGradient + unit);
                    S.Store(ds, meanGradient + k + unit);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Clamp<S, V>(V s)
        where S : ISimd<V>
        where V : unmanaged =>
        S.Max(S.Broadcast(-GaussianCode.LogVarianceLimit), S.Min(S.Broadcast(GaussianCode.LogVarianceLimit), s));
}
