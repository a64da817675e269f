using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>
/// z = μ + e^(s/2) ε, KL = ½ Σ (μ² + e^s − 1 − s) and their gradients; s = log σ² clamped to
/// ±<see cref="GaussianCode.LogVarianceLimit"/>. An item is a row: the posterior (B, 2k) holds μ, then s.
/// </summary>
internal unsafe struct Sampling
{
    public float* Posterior;
    public int Units;
    public RandomSource Noise;
    public uint Step;
    public float* Epsilon;
    public float* Z;
    public float* Divergence;
    public float* ZGradient;
    public float GradientScale;
    public float DivergenceWeight;
    public float* PosteriorGradient;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly Sampling sampling = ref *(Sampling*)context;
        int k = sampling.Units;
        FillNormal<S, V>(in sampling, (long)first * k, (long)count * k);
        for (int row = first; row < first + count; row++)
        {
            float* mean = sampling.Posterior + (2L * row * k);
            float* logVariance = mean + k;
            float* epsilon = sampling.Epsilon + ((long)row * k);
            float* z = sampling.Z + ((long)row * k);
            V total = S.Zero;
            for (int unit = 0; unit < k; unit += S.Lanes)
            {
                V m = S.Load(mean + unit);
                V s = Clamp<S, V>(S.Load(logVariance + unit));
                V deviation = VectorMath.Exp<S, V>(S.Multiply(s, S.Broadcast(0.5f)));
                V sample = S.MultiplyAdd(deviation, S.Load(epsilon + unit), m);
                V divergence = S.MultiplyAdd(
                    m, m, S.Subtract(S.Subtract(S.Multiply(deviation, deviation), S.Broadcast(1f)), s));
                int rest = k - unit;
                if (rest < S.Lanes)
                {
                    divergence = S.Select(S.FirstLanes(rest), divergence, S.Zero);
                    Product.StoreFirst<S, V>(sample, rest, z + unit);
                }
                else
                {
                    S.Store(sample, z + unit);
                }
                total = S.Add(total, divergence);
            }
            sampling.Divergence[row] = 0.5f * S.Sum(total);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GradientRows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly Sampling sampling = ref *(Sampling*)context;
        int k = sampling.Units;
        V half = S.Broadcast(0.5f);
        V weight = S.Broadcast(sampling.GradientScale * sampling.DivergenceWeight);
        for (int row = first; row < first + count; row++)
        {
            float* mean = sampling.Posterior + (2L * row * k);
            float* meanGradient = sampling.PosteriorGradient + (2L * row * k);
            for (int unit = 0; unit < k; unit += S.Lanes)
            {
                long element = ((long)row * k) + unit;
                V dz = S.Load(sampling.ZGradient + element);
                V stored = S.Load(mean + k + unit);
                V s = Clamp<S, V>(stored);
                V deviation = VectorMath.Exp<S, V>(S.Multiply(s, half));
                V slope = S.Multiply(S.Multiply(deviation, S.Load(sampling.Epsilon + element)), dz);
                V excess = S.Subtract(S.Multiply(deviation, deviation), S.Broadcast(1f));
                V ds = S.Multiply(half, S.MultiplyAdd(weight, excess, slope));
                V clamped = S.GreaterThan(S.Abs(stored), S.Broadcast(GaussianCode.LogVarianceLimit));
                ds = S.Select(clamped, S.Zero, ds);
                V dm = S.MultiplyAdd(weight, S.Load(mean + unit), dz);
                int rest = k - unit;
                if (rest < S.Lanes)
                {
                    Product.StoreFirst<S, V>(dm, rest, meanGradient + unit);
                    Product.StoreFirst<S, V>(ds, rest, meanGradient + k + unit);
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

    // Box and Muller on vectors: normals 2i and 2i + 1 come from the pair i of uniform numbers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FillNormal<S, V>(in Sampling sampling, long first, long count)
        where S : ISimd<V>
        where V : unmanaged
    {
        const int Pairs = 2 * PhiloxBlocks.Count;
        uint* u = stackalloc uint[Pairs];
        uint* v = stackalloc uint[Pairs];
        float* cosines = stackalloc float[Pairs];
        float* sines = stackalloc float[Pairs];
        long end = first + count;
        for (long element = first / 4 * 4; element < end; element += 2 * Pairs)
        {
            PhiloxBlocks.Pairs(sampling.Noise, sampling.Step, (uint)(element / 4), u, v);
            for (int pair = 0; pair < Pairs; pair += S.Lanes)
            {
                V radius = S.Sqrt(S.Multiply(S.Broadcast(-2f), VectorMath.Log<S, V>(S.LoadUniform(u + pair))));
                V sine = VectorMath.SinCosTurns<S, V>(S.LoadUniform(v + pair), out V cosine);
                S.Store(S.Multiply(radius, cosine), cosines + pair);
                S.Store(S.Multiply(radius, sine), sines + pair);
            }
            int begin = (int)Math.Max(0, first - element);
            int stop = (int)Math.Min(2 * Pairs, end - element);
            float* epsilon = sampling.Epsilon + element;
            for (int i = begin; i < stop; i++)
                epsilon[i] = i % 2 == 0 ? cosines[i / 2] : sines[i / 2];
        }
    }
}
