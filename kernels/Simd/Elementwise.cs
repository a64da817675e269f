using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>y = f(x) and f′ as a function of y, on vectors; <see cref="Activation"/> has the formulas.</summary>
internal interface IVectorActivation
{
    /// <summary>f(x).</summary>
    static abstract V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged;

    /// <summary>f′ where f(x) = y.</summary>
    static abstract V Derivative<S, V>(V y)
        where S : ISimd<V>
        where V : unmanaged;
}

/// <summary>−log p(x | outputs) and its gradient with respect to the outputs; <see cref="Likelihood"/> has the formulas.</summary>
internal interface IVectorLikelihood
{
    /// <summary>The loss in nats, and ∂loss/∂output.</summary>
    static abstract V Loss<S, V>(V output, V target, out V gradient)
        where S : ISimd<V>
        where V : unmanaged;
}

internal readonly struct IdentityVector : IVectorActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V y)
        where S : ISimd<V>
        where V : unmanaged => S.Broadcast(1f);
}

internal readonly struct ReluVector : IVectorActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => S.Max(S.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V y)
        where S : ISimd<V>
        where V : unmanaged => S.Select(S.GreaterThan(y, S.Zero), S.Broadcast(1f), S.Zero);
}

internal readonly struct TanhVector : IVectorActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => VectorMath.Tanh<S, V>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V y)
        where S : ISimd<V>
        where V : unmanaged => S.Subtract(S.Broadcast(1f), S.Multiply(y, y));
}

internal readonly struct SigmoidVector : IVectorActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<V>
        where V : unmanaged => VectorMath.Sigmoid<S, V>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative<S, V>(V y)
        where S : ISimd<V>
        where V : unmanaged => S.Multiply(y, S.Subtract(S.Broadcast(1f), y));
}

internal readonly struct BernoulliVector : IVectorLikelihood
{
    /// <summary>e = e^−|ℓ| serves both: log(1 + e) in the loss, and σ(ℓ) = 1/(1 + e), or e/(1 + e) for ℓ &lt; 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Loss<S, V>(V output, V target, out V gradient)
        where S : ISimd<V>
        where V : unmanaged
    {
        V one = S.Broadcast(1f);
        V e = VectorMath.Exp<S, V>(S.Subtract(S.Zero, S.Abs(output)));
        V numerator = S.Select(S.GreaterThan(S.Zero, output), e, one);
        gradient = S.Subtract(S.Divide(numerator, S.Add(one, e)), target);
        V linear = S.Subtract(S.Max(S.Zero, output), S.Multiply(output, target));
        return S.Add(linear, VectorMath.LogOnePlus<S, V>(e));
    }
}

internal readonly struct GaussianVector : IVectorLikelihood
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Loss<S, V>(V output, V target, out V gradient)
        where S : ISimd<V>
        where V : unmanaged
    {
        gradient = S.Subtract(output, target);
        return S.Multiply(S.Broadcast(0.5f), S.Multiply(gradient, gradient));
    }
}
