using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// exp, log, tanh, sine and cosine of a vector. The polynomials are those of S. L. Moshier's Cephes library for
/// single precision, but for exp's; the errors stated are the largest over the range, in units of the last place (ulp).
/// </summary>
internal static class VectorMath
{
    // Adding 1.5 · 2²³ to a small number leaves its nearest integer in the low bits of the sum.
    private const float RoundingShift = 12582912f;

    /// <summary>eˣ within 2 ulp; x is clamped to [−86, 88], where the result is finite and normal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => ExpBelow88<S, V>(S.Min(S.Broadcast(88f), x));

    /// <summary>The same for x that is known to be at most 88.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpBelow88<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged
    {
        x = S.Max(S.Broadcast(-86f), x);
        V shifted = S.MultiplyAdd(x, S.Broadcast(1.44269504f), S.Broadcast(RoundingShift));
        V n = S.Subtract(shifted, S.Broadcast(RoundingShift));
        V r = S.MultiplyAdd(n, S.Broadcast(-0.693359375f), x);
        r = S.MultiplyAdd(n, S.Broadcast(2.12194440e-4f), r);

        // 1 + r + r²q(r) with the q of degree 4 that has the least relative error for |r| ≤ ½ log 2: 4·10⁻⁹, a fifteenth of
        // what rounding may cost. Its halves and its ends do not wait for each other.
        V r2 = S.Multiply(r, r);
        V high = S.MultiplyAdd(S.Broadcast(1.3814602e-3f), r, S.Broadcast(8.368716e-3f));
        V low = S.MultiplyAdd(S.Broadcast(4.166839e-2f), r, S.Broadcast(0.16666521f));
        V p = S.MultiplyAdd(S.MultiplyAdd(high, r2, low), r, S.Broadcast(0.49999994f));
        V result = S.MultiplyAdd(p, r2, S.Add(r, S.Broadcast(1f)));
        return S.ScaleByPowerOfTwo(result, shifted);
    }

    /// <summary>log x within 2 ulp for positive normal x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged
    {
        V n = S.SplitExponent(x, out V m);
        V large = S.GreaterThan(m, S.Broadcast(1.41421356f));
        m = S.Select(large, S.Multiply(m, S.Broadcast(0.5f)), m);
        n = S.Select(large, S.Add(n, S.Broadcast(1f)), n);
        V f = S.Subtract(m, S.Broadcast(1f));
        V p = S.Broadcast(7.0376836292e-2f);
        p = S.MultiplyAdd(p, f, S.Broadcast(-1.1514610310e-1f));
        p = S.MultiplyAdd(p, f, S.Broadcast(1.1676998740e-1f));
        p = S.MultiplyAdd(p, f, S.Broadcast(-1.2420140846e-1f));
        p = S.MultiplyAdd(p, f, S.Broadcast(1.4249322787e-1f));
        p = S.MultiplyAdd(p, f, S.Broadcast(-1.6668057665e-1f));
        p = S.MultiplyAdd(p, f, S.Broadcast(2.0000714765e-1f));
        p = S.MultiplyAdd(p, f, S.Broadcast(-2.4999993993e-1f));
        p = S.MultiplyAdd(p, f, S.Broadcast(3.3333331174e-1f));
        V f2 = S.Multiply(f, f);
        V y = S.Multiply(S.Multiply(p, f2), f);
        y = S.MultiplyAdd(n, S.Broadcast(-2.12194440e-4f), y);
        y = S.MultiplyAdd(f2, S.Broadcast(-0.5f), y);
        return S.MultiplyAdd(n, S.Broadcast(0.693359375f), S.Add(f, y));
    }

    /// <summary>tanh x within 3 ulp: a polynomial near 0, where 1 − e^−2|x| would lose digits, else by exp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged
    {
        V one = S.Broadcast(1f);
        V size = S.Abs(x);
        V e = ExpBelow88<S, V>(S.Multiply(size, S.Broadcast(-2f)));
        V far = S.Multiply(S.Subtract(one, e), S.Reciprocal(S.Add(one, e)));
        far = S.Select(S.GreaterThan(S.Zero, x), S.Subtract(S.Zero, far), far);
        V x2 = S.Multiply(x, x);
        V p = S.Broadcast(-5.70498872745e-3f);
        p = S.MultiplyAdd(p, x2, S.Broadcast(2.06390887954e-2f));
        p = S.MultiplyAdd(p, x2, S.Broadcast(-5.37397155531e-2f));
        p = S.MultiplyAdd(p, x2, S.Broadcast(1.33314422036e-1f));
        p = S.MultiplyAdd(p, x2, S.Broadcast(-3.33332819422e-1f));
        V near = S.MultiplyAdd(S.Multiply(p, x2), x, x);
        return S.Select(S.GreaterThan(S.Broadcast(0.625f), size), near, far);
    }

    /// <summary>1 / (1 + e⁻ˣ) within 3 ulp where the result is normal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged
    {
        V one = S.Broadcast(1f);
        V e = ExpBelow88<S, V>(S.NegativeAbs(x));
        V numerator = S.Select(S.GreaterThan(S.Zero, x), e, one);
        return S.Multiply(numerator, S.Reciprocal(S.Add(one, e)));
    }

    /// <summary>sin 2πv and cos 2πv for v in [0, 1], absolute error below 2e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V SinCosTurns<S, V>(V v, out V cosine)
        where S : ISimd<V>
        where V : unmanaged
    {
        V shift = S.Broadcast(RoundingShift);
        V quadrant = S.Subtract(S.Add(S.Multiply(v, S.Broadcast(4f)), shift), shift);
        V angle = S.Multiply(S.MultiplyAdd(v, S.Broadcast(4f), S.Subtract(S.Zero, quadrant)), S.Broadcast(MathF.PI / 2));
        V a2 = S.Multiply(angle, angle);
        V s = S.MultiplyAdd(S.Broadcast(-1.9515295891e-4f), a2, S.Broadcast(8.3321608736e-3f));
        s = S.MultiplyAdd(s, a2, S.Broadcast(-1.6666654611e-1f));
        s = S.MultiplyAdd(S.Multiply(s, a2), angle, angle);
        V c = S.MultiplyAdd(S.Broadcast(2.443315711809948e-5f), a2, S.Broadcast(-1.388731625493765e-3f));
        c = S.MultiplyAdd(c, a2, S.Broadcast(4.166664568298827e-2f));
        c = S.MultiplyAdd(c, S.Multiply(a2, a2), S.MultiplyAdd(a2, S.Broadcast(-0.5f), S.Broadcast(1f)));

        // Quadrants 0 to 4: odd ones swap sine and cosine; 2 and 3 negate the sine, 1 and 2 the cosine.
        V distanceFromTwo = S.Abs(S.Subtract(quadrant, S.Broadcast(2f)));
        V odd = S.GreaterThan(S.Broadcast(0.5f), S.Abs(S.Subtract(distanceFromTwo, S.Broadcast(1f))));
        V sine = S.Select(odd, c, s);
        cosine = S.Select(odd, s, c);
        V negateSine = S.GreaterThan(S.Broadcast(1f), S.Abs(S.Subtract(quadrant, S.Broadcast(2.5f))));
        V negateCosine = S.GreaterThan(S.Broadcast(1f), S.Abs(S.Subtract(quadrant, S.Broadcast(1.5f))));
        cosine = S.Select(negateCosine, S.Subtract(S.Zero, cosine), cosine);
        return S.Select(negateSine, S.Subtract(S.Zero, sine), sine);
    }
}
