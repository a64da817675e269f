using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Kernels;

// The likelihoods as types, for one number and for a vector, as the activations are.

/// <summary>
/// max(ℓ, 0) − ℓx + log(1 + e) and σ(ℓ) − x with e = e^−|ℓ|, where σ(ℓ) = 1/(1 + e), or e/(1 + e) for ℓ &lt; 0.
/// </summary>
internal readonly struct BernoulliFunction : IVectorLikelihood
{
    public static (float Loss, float Gradient) Evaluate(float output, float target)
    {
        float e = MathF.Exp(-MathF.Abs(output));
        float positive = output < 0f ? 0f : output;
        float sigmoid = (output < 0f ? e : 1f) / (1f + e);
        return (positive - (output * target) + LogOnePlus(e), sigmoid - target);
    }

    public static bool HasFactor => true;

    /// <summary>
    /// The factor is 1 + e. Its rounding and that of the products cost at most 2⁻²³ a pixel, 10⁻⁴ nats for 784 of them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Evaluate<S, V>(V output, V target, out V gradient, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        V one = S.Broadcast(1f);
        V e = VectorMath.ExpBelow88<S, V>(S.NegativeAbs(output));
        factor = S.Add(one, e);
        V numerator = S.Select(S.GreaterThan(S.Zero, output), e, one);
        V negated = S.Negate(target);
        gradient = S.MultiplyAdd(numerator, S.Reciprocal(factor), negated);
        return S.MultiplyAdd(output, negated, S.Max(S.Zero, output));
    }

    /// <summary>
    /// log(1 + e) for 0 ≤ e ≤ 1 as 2 artanh(s) with s = e/(2 + e) ≤ 1/3: 2s (1 + s²/3 + s⁴/5 + … + s¹⁴/15). The first
    /// term left out is below 2⁻²⁹ of the sum, and small e keeps all its digits, which a GPU's log near 1 would not.
    /// </summary>
    internal static float LogOnePlus(float e)
    {
        float s = e / (2f + e);
        float square = s * s;
        float series = (1f / 13f) + (square * (1f / 15f));
        series = (1f / 11f) + (square * series);
        series = (1f / 9f) + (square * series);
        series = (1f / 7f) + (square * series);
        series = (1f / 5f) + (square * series);
        series = (1f / 3f) + (square * series);
        series = 1f + (square * series);
        return 2f * s * series;
    }
}

/// <summary>½(x − x̂)² and x̂ − x.</summary>
internal readonly struct GaussianFunction : IVectorLikelihood
{
    public static (float Loss, float Gradient) Evaluate(float output, float target)
    {
        float difference = output - target;
        return (0.5f * difference * difference, difference);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Evaluate<S, V>(V output, V target, out V gradient, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        factor = S.Zero;
        gradient = S.Subtract(output, target);
        return S.Multiply(S.Broadcast(0.5f), S.Multiply(gradient, gradient));
    }
}

/// <summary>|x − x̂| and sign(x̂ − x).</summary>
internal readonly struct LaplaceFunction : IVectorLikelihood
{
    public static (float Loss, float Gradient) Evaluate(float output, float target)
    {
        float difference = output - target;
        return (MathF.Abs(difference), difference > 0f ? 1f : difference < 0f ? -1f : 0f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Evaluate<S, V>(V output, V target, out V gradient, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        factor = S.Zero;
        V difference = S.Subtract(output, target);
        V negative = S.Select(S.GreaterThan(S.Zero, difference), S.Broadcast(-1f), S.Zero);
        gradient = S.Select(S.GreaterThan(difference, S.Zero), S.Broadcast(1f), negative);
        return S.Abs(difference);
    }
}
