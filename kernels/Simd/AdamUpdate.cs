using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>
/// Adam over a flat arena: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − a·m / (c·√v + ε). It moves 28 bytes for
/// each number and computes next to nothing: memory is its limit. An item is <see cref="ItemLength"/> numbers.
/// </summary>
internal unsafe struct AdamUpdate
{
    /// <summary>Numbers in an item: a whole number of vectors of any width.</summary>
    public const int ItemLength = 1024;

    // A moment this small changes no parameter by a digit; left to decay, it would leave the normal numbers, which
    // processors multiply slowly. So it becomes 0.
    private const float Smallest = 1e-30f;

    public float* Gradient;
    public float* FirstMoment;
    public float* SecondMoment;
    public float* Parameters;
    public long Length;
    public float StepSize;
    public float Correction;
    public AdamSettings Settings;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Items<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly AdamUpdate adam = ref *(AdamUpdate*)context;
        V beta1 = S.Broadcast(adam.Settings.Beta1);
        V beta2 = S.Broadcast(adam.Settings.Beta2);
        V gain1 = S.Broadcast(1f - adam.Settings.Beta1);
        V gain2 = S.Broadcast(1f - adam.Settings.Beta2);
        V epsilon = S.Broadcast(adam.Settings.Epsilon);
        V correction = S.Broadcast(adam.Correction);
        V stepSize = S.Broadcast(-adam.StepSize);
        V smallest = S.Broadcast(Smallest);
        long end = Math.Min(adam.Length, (long)(first + count) * ItemLength);
        for (long i = (long)first * ItemLength; i < end; i += S.Lanes)
        {
            V g = S.Load(adam.Gradient + i);
            V m = S.MultiplyAdd(beta1, S.Load(adam.FirstMoment + i), S.Multiply(gain1, g));
            V v = S.MultiplyAdd(beta2, S.Load(adam.SecondMoment + i), S.Multiply(gain2, S.Multiply(g, g)));
            m = S.Select(S.GreaterThan(smallest, S.Abs(m)), S.Zero, m);
            v = S.Select(S.GreaterThan(smallest, v), S.Zero, v);
            V denominator = S.MultiplyAdd(correction, S.Sqrt(v), epsilon);
            V p = S.MultiplyAdd(S.Multiply(stepSize, m), S.Reciprocal(denominator), S.Load(adam.Parameters + i));
            if (end - i >= S.Lanes)
            {
                S.Store(m, adam.FirstMoment + i);
                S.Store(v, adam.SecondMoment + i);
                S.Store(p, adam.Parameters + i);
            }
            else
            {
                Product.StoreFirst<S, V>(m, (int)(end - i), adam.FirstMoment + i);
                Product.StoreFirst<S, V>(v, (int)(end - i), adam.SecondMoment + i);
                Product.StoreFirst<S, V>(p, (int)(end - i), adam.Parameters + i);
            }
        }
    }
}
