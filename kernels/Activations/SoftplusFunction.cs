using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Kernels;

/// <summary>
/// y = log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|), which overflows for no x, and f′ = σ(x), taken from x since 1 − e⁻ʸ would
/// lose its digits where y is small.
/// </summary>
internal readonly struct SoftplusFunction : IVectorActivation
{
    public static bool DerivativeNeedsInput => true;

    public static float Apply(float x)
    {
        float e = MathF.Exp(-MathF.Abs(x));
        return (x < 0f ? 0f : x) + BernoulliFunction.LogOnePlus(e);
    }

    public static float Derivative(float x) => SigmoidFunction.Apply(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged
    {
        V e = VectorMath.ExpBelow88<S, V>(S.NegativeAbs(x));
        V s = S.Multiply(e, S.Reciprocal(S.Add(S.Broadcast(2f), e)));
        V square = S.Multiply(s, s);
        V series = S.MultiplyAdd(square, S.Broadcast(1f / 15f), S.Broadcast(1f / 13f));
        series = S.MultiplyAdd(square, series, S.Broadcast(1f / 11f));
        series = S.MultiplyAdd(square, series, S.Broadcast(1f / 9f));
        series = S.MultiplyAdd(square, series, S.Broadcast(1f / 7f));
        series = S.MultiplyAdd(square, series, S.Broadcast(1f / 5f));
        series = S.MultiplyAdd(square, series, S.Broadcast(1f / 3f));
        series = S.MultiplyAdd(square, series, S.Broadcast(1f));
        return S.MultiplyAdd(S.Add(s, s), series, S.Max(S.Zero, x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => VectorMath.Sigmoid<S, V>(x);
}
