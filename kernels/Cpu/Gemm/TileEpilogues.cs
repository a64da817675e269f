using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>
/// What an <see cref="Epilogue"/> needs, as pointers; the matrices have the shape and layout of C (M, N).
/// </summary>
internal unsafe struct EpilogueOperands
{
    public float* Bias;
    public float* Saved;
    public float* Target;
    public float GradientScale;

    /// <summary>Those of an epilogue on this device's memory.</summary>
    public static EpilogueOperands Of(in Epilogue epilogue) => new()
    {
        Bias = epilogue.Bias.Pointer(),
        Saved = epilogue.Saved.Pointer(),
        Target = epilogue.Target.Pointer(),
        GradientScale = epilogue.GradientScale,
    };
}

/// <summary>An <see cref="Epilogue"/> on one vector of sums.</summary>
internal unsafe interface ITileEpilogue
{
    /// <summary>True if the sums are stored as they are.</summary>
    static virtual bool IsStore => false;

    /// <summary>True if a bias is added to the sums.</summary>
    static virtual bool HasBias => false;

    /// <summary>True if <see cref="Apply"/> has a loss.</summary>
    static virtual bool HasLoss => false;

    /// <summary>True if the loss has a factor, whose logarithm is to be added.</summary>
    static virtual bool HasFactor => false;

    /// <summary>True if there is a matrix <see cref="Auxiliary"/>.</summary>
    static virtual bool HasAuxiliary => false;

    /// <summary>The matrix of C's shape that <see cref="Apply"/> takes its second operand from, or null.</summary>
    static virtual float* Auxiliary(in EpilogueOperands operands) => null;

    /// <summary>What is stored in C.</summary>
    /// <param name="sum">The sums, the bias added.</param>
    /// <param name="auxiliary">What stands at the same place of <see cref="Auxiliary"/>.</param>
    /// <param name="scale">The factor of the gradient.</param>
    /// <param name="loss">−log p of each lane, where the epilogue has it, without the logarithm of the factor.</param>
    /// <param name="factor">The factor, where it has one.</param>
    static abstract V Apply<S, V>(V sum, V auxiliary, V scale, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged;
}

internal readonly unsafe struct StoreTile : ITileEpilogue
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

internal readonly unsafe struct BiasActivationTile<TActivation> : ITileEpilogue
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

internal readonly unsafe struct DerivativeTile<TActivation> : ITileEpilogue
    where TActivation : struct, IVectorActivation
{
    public static bool HasAuxiliary => true;

    public static float* Auxiliary(in EpilogueOperands operands) => operands.Saved;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V sum, V auxiliary, V scale, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        loss = factor = S.Zero;
        return S.Multiply(sum, TActivation.Derivative<S, V>(auxiliary));
    }
}

internal readonly unsafe struct LikelihoodTile<TLikelihood> : ITileEpilogue
    where TLikelihood : struct, IVectorLikelihood
{
    public static bool HasBias => true;

    public static bool HasLoss => true;

    public static bool HasFactor => TLikelihood.HasFactor;

    public static bool HasAuxiliary => true;

    public static float* Auxiliary(in EpilogueOperands operands) => operands.Target;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V sum, V auxiliary, V scale, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        loss = TLikelihood.Evaluate<S, V>(sum, auxiliary, out V gradient, out factor);
        return S.Multiply(gradient, scale);
    }
}
