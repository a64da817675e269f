using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Kernels;

// The activations as types: a kernel takes one as a type parameter, so that it is compiled for that function and holds no
// branch. Each stands twice side by side, for one number (ILGPU's kernels) and for a vector (the CPU's). A comparison is
// written so that what is not a number passes through: a model that diverges must show it.

/// <summary>y = x.</summary>
internal readonly struct IdentityFunction : IVectorActivation
{
    public static float Apply(float x) => x;

    public static float Derivative(float y) => 1f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V y)
        where S : ISimd<V>
        where V : unmanaged => S.Broadcast(1f);
}

/// <summary>y = max(x, 0).</summary>
internal readonly struct ReluFunction : IVectorActivation
{
    public static float Apply(float x) => x < 0f ? 0f : x;

    public static float Derivative(float y) => y > 0f ? 1f : 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => S.Max(S.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V y)
        where S : ISimd<V>
        where V : unmanaged => S.Select(S.GreaterThan(y, S.Zero), S.Broadcast(1f), S.Zero);
}

/// <summary>
/// y = tanh x = ±(1 − t)/(1 + t) with t = e^−2|x|; near 0, where 1 − t loses digits, a polynomial. It is built from exp,
/// since a GPU's own tanh is good to 2⁻¹¹ only.
/// </summary>
internal readonly struct TanhFunction : IVectorActivation
{
    /// <summary>The series below 0.3 is x − x³/3 + 2x⁵/15 − 17x⁷/315 + 62x⁹/2835.</summary>
    public static float Apply(float x)
    {
        float magnitude = MathF.Abs(x);
        float t = MathF.Exp(-2f * magnitude);
        float large = (1f - t) / (1f + t);
        float square = x * x;
        float series = (-17f / 315f) + (square * (62f / 2835f));
        series = (2f / 15f) + (square * series);
        series = (-1f / 3f) + (square * series);
        float small = magnitude + (magnitude * square * series);
        float y = magnitude < 0.3f ? small : large;
        return x < 0f ? -y : y;
    }

    public static float Derivative(float y) => 1f - (y * y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => VectorMath.Tanh<S, V>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V y)
        where S : ISimd<V>
        where V : unmanaged => S.Subtract(S.Broadcast(1f), S.Multiply(y, y));
}

/// <summary>y = 1/(1 + e⁻ˣ), from e^−|x|, which does not overflow.</summary>
internal readonly struct SigmoidFunction : IVectorActivation
{
    public static float Apply(float x)
    {
        float e = MathF.Exp(-MathF.Abs(x));
        return (x < 0f ? e : 1f) / (1f + e);
    }

    public static float Derivative(float y) => y * (1f - y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => VectorMath.Sigmoid<S, V>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V y)
        where S : ISimd<V>
        where V : unmanaged => S.Multiply(y, S.Subtract(S.Broadcast(1f), y));
}
