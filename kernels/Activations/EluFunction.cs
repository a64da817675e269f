using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Kernels;

/// <summary>
/// y = x where x &gt; 0, else eˣ − 1 (Clevert, Unterthiner and Hochreiter 2016, equation 15 with α = 1). f′ is 1, or eˣ = y + 1.
/// Near 0, where eˣ − 1 would lose digits, it is x (1 + x/2 (1 + x/3 (1 + x/4 (1 + x/5 (1 + x/6))))).
/// </summary>
internal readonly struct EluFunction : IVectorActivation
{
    // Down to here the first term left out of the series, x⁷/5040, is below 2⁻²⁴ of the sum.
    private const float SeriesEnd = -0.25f;

    public static float Apply(float x)
    {
        float series = 1f + (x * (1f / 6f));
        series = 1f + (x * (1f / 5f) * series);
        series = 1f + (x * (1f / 4f) * series);
        series = 1f + (x * (1f / 3f) * series);
        series = 1f + (x * (1f / 2f) * series);
        float negative = x < SeriesEnd ? MathF.Exp(x) - 1f : x * series;
        return x < 0f ? negative : x;
    }

    public static float Derivative(float y) => y > 0f ? 1f : y + 1f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged
    {
        V one = S.Broadcast(1f);
        V series = S.MultiplyAdd(x, S.Broadcast(1f / 6f), one);
        series = S.MultiplyAdd(S.Multiply(x, S.Broadcast(1f / 5f)), series, one);
        series = S.MultiplyAdd(S.Multiply(x, S.Broadcast(1f / 4f)), series, one);
        series = S.MultiplyAdd(S.Multiply(x, S.Broadcast(1f / 3f)), series, one);
        series = S.MultiplyAdd(S.Multiply(x, S.Broadcast(1f / 2f)), series, one);
        V far = S.Subtract(VectorMath.ExpBelow88<S, V>(S.NegativeAbs(x)), one);
        V negative = S.Select(S.GreaterThan(S.Broadcast(SeriesEnd), x), far, S.Multiply(x, series));
        return S.Select(S.GreaterThan(S.Zero, x), negative, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V y)
        where S : ISimd<V>
        where V : unmanaged
    {
        V one = S.Broadcast(1f);
        return S.Select(S.GreaterThan(y, S.Zero), one, S.Add(y, one));
    }
}
