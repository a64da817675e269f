using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>An <see cref="Epilogue"/> on one vector of sums, as a type that loops are compiled for.</summary>
internal interface ITileEpilogue
{
    /// <summary>True if the sums are stored as they are.</summary>
    static virtual bool IsStore => false;

    /// <summary>True if a bias is added to the sums.</summary>
    static virtual bool HasBias => false;

    /// <summary>True if <see cref="Apply"/> has a loss.</summary>
    static virtual bool HasLoss => false;

    /// <summary>True if the loss has a factor, whose logarithm is to be added.</summary>
    static virtual bool HasFactor => false;

    /// <summary>True if there is an auxiliary operand, a matrix of C's shape: what f′ is taken of, or the target.</summary>
    static virtual bool HasAuxiliary => false;

    /// <summary>What is stored in C.</summary>
    /// <param name="sum">The sums, the bias added.</param>
    /// <param name="auxiliary">The auxiliary operand at the same place.</param>
    /// <param name="scale">The factor of the gradient.</param>
    /// <param name="loss">−log p of each lane, where the epilogue has it, without the logarithm of the factor.</param>
    /// <param name="factor">The factor, where it has one.</param>
    static abstract V Apply<S, V>(V sum, V auxiliary, V scale, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged;
}

/// <summary>C = S.</summary>
internal readonly struct StoreEpilogue : ITileEpilogue
{
    public static bool IsStore => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V sum, V auxiliary, V scale, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        loss = factor = S.Zero;
        return sum;
    }
}

/// <summary>C = f(S + bias).</summary>
internal readonly struct ActivationEpilogue<TActivation> : ITileEpilogue
    where TActivation : struct, IVectorActivation
{
    public static bool HasBias => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V sum, V auxiliary, V scale, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        loss = factor = S.Zero;
        return TActivation.Apply<S, V>(sum);
    }
}

/// <summary>C = S ⊙ f′.</summary>
internal readonly struct DerivativeEpilogue<TActivation> : ITileEpilogue
    where TActivation : struct, IVectorActivation
{
    public static bool HasAuxiliary => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V sum, V auxiliary, V scale, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        loss = factor = S.Zero;
        return S.Multiply(sum, TActivation.Derivative<S, V>(auxiliary));
    }
}

/// <summary>C = scale · ∂L/∂(S + bias), and L.</summary>
internal readonly struct LikelihoodEpilogue<TLikelihood> : ITileEpilogue
    where TLikelihood : struct, IVectorLikelihood
{
    public static bool HasBias => true;

    public static bool HasLoss => true;

    public static bool HasFactor => TLikelihood.HasFactor;

    public static bool HasAuxiliary => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V sum, V auxiliary, V scale, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        loss = TLikelihood.Evaluate<S, V>(sum, auxiliary, out V gradient, out factor);
        return S.Multiply(gradient, scale);
    }
}

/// <summary>The same epilogue where there is no bias, as <see cref="ApplyEpilogue"/> may have it.</summary>
internal readonly struct WithoutBias<TEpilogue> : ITileEpilogue
    where TEpilogue : struct, ITileEpilogue
{
    public static bool HasLoss => TEpilogue.HasLoss;

    public static bool HasFactor => TEpilogue.HasFactor;

    public static bool HasAuxiliary => TEpilogue.HasAuxiliary;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V sum, V auxiliary, V scale, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged => TEpilogue.Apply<S, V>(sum, auxiliary, scale, out loss, out factor);
}
