using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Kernels;

/// <summary>
/// y = x Φ(x) with the normal distribution's Φ (Hendrycks and Gimpel 2016, equation 2; the exact form, as
/// <c>torch.nn.GELU</c>), and f′ = Φ(x) + x φ(x), which needs x: f falls and rises again below 0. With t = |x|/√2,
/// h = Φ(−|x|) = ½ erfc(t) = ½ e^−t² u P(u) for u = 1/(1 + 0.3 t), where u P(u) is e^t² erfc(t) for t in [0, 10] to 2.5e-8 of
/// itself: the polynomial through it at the nine Chebyshev nodes. So y = max(x, 0) − |x| h keeps its digits below 0 too.
/// </summary>
internal readonly struct GeluFunction : IVectorActivation
{
    private const float HalfRoot = 0.70710678f;        // 1/√2
    private const float DensityAtZero = 0.39894228f;   // 1/√(2π)

    public static bool DerivativeNeedsInput => true;

    public static float Apply(float x)
    {
        float size = MathF.Abs(x);
        return (x < 0f ? 0f : x) - (size * Tail(size, MathF.Exp(-0.5f * x * x)));
    }

    public static float Derivative(float x)
    {
        float size = MathF.Abs(x);
        float e = MathF.Exp(-0.5f * x * x);
        float tail = Tail(size, e);
        return (x < 0f ? tail : 1f - tail) + (x * DensityAtZero * e);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged
    {
        V size = S.Abs(x);
        return S.MultiplyAdd(S.Negate(size), Tail<S, V>(size, Bell<S, V>(x)), S.Max(S.Zero, x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged
    {
        V e = Bell<S, V>(x);
        V tail = Tail<S, V>(S.Abs(x), e);
        V cumulative = S.Select(S.GreaterThan(S.Zero, x), tail, S.Subtract(S.Broadcast(1f), tail));
        return S.MultiplyAdd(S.Multiply(x, S.Broadcast(DensityAtZero)), e, cumulative);
    }

    /// <summary>Φ(−size) from e^−size²/2.</summary>
    private static float Tail(float size, float e)
    {
        float u = 1f / (1f + (0.3f * HalfRoot * size));
        float p = (-0.13077088f * u) + 0.49193427f;
        p = (p * u) - 0.52615166f;
        p = (p * u) + 0.56451424f;
        p = (p * u) - 0.10698336f;
        p = (p * u) + 0.22053917f;
        p = (p * u) + 0.14679602f;
        p = (p * u) + 0.17094912f;
        p = (p * u) + 0.16917306f;
        return 0.5f * e * u * p;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Tail<S, V>(V size, V e)
        where S : ISimd<V>
        where V : unmanaged
    {
        V one = S.Broadcast(1f);
        V u = S.Reciprocal(S.MultiplyAdd(size, S.Broadcast(0.3f * HalfRoot), one));
        V p = S.MultiplyAdd(S.Broadcast(-0.13077088f), u, S.Broadcast(0.49193427f));
        p = S.MultiplyAdd(p, u, S.Broadcast(-0.52615166f));
        p = S.MultiplyAdd(p, u, S.Broadcast(0.56451424f));
        p = S.MultiplyAdd(p, u, S.Broadcast(-0.10698336f));
        p = S.MultiplyAdd(p, u, S.Broadcast(0.22053917f));
        p = S.MultiplyAdd(p, u, S.Broadcast(0.14679602f));
        p = S.MultiplyAdd(p, u, S.Broadcast(0.17094912f));
        p = S.MultiplyAdd(p, u, S.Broadcast(0.16917306f));
        return S.Multiply(S.Multiply(S.Broadcast(0.5f), e), S.Multiply(u, p));
    }

    /// <summary>e^−x²/2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Bell<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => VectorMath.ExpBelow88<S, V>(S.Multiply(S.Multiply(S.Broadcast(-0.5f), x), x));
}
