using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>What an <see cref="Epilogue"/> needs, as pointers; the matrices have the shape and layout of C (M, N).</summary>
internal unsafe struct EpilogueOperands
{
    public float* Bias;
    public float* Activated;
    public float* Target;
    public float GradientScale;
}

/// <summary>An <see cref="Epilogue"/> on one vector of sums.</summary>
internal unsafe interface ITileEpilogue
{
    /// <summary>True if the sums are stored as they are.</summary>
    static virtual bool IsStore => false;

    /// <summary>True if <see cref="Apply"/> has a loss.</summary>
    static virtual bool HasLoss => false;

    /// <summary>True if the loss has a factor, whose logarithm is to be added.</summary>
    static virtual bool HasFactor => false;

    /// <summary>The matrix of C's shape that <see cref="Apply"/> reads, or null.</summary>
    static virtual float* Beside(in EpilogueOperands operands) => null;

    /// <summary>What is stored at C[<paramref name="offset"/>], in column <paramref name="column"/>.</summary>
    /// <param name="operands">Bias, target and the like.</param>
    /// <param name="sum">The sums.</param>
    /// <param name="offset">Position in C of the first lane.</param>
    /// <param name="column">Its column.</param>
    /// <param name="loss">−log p of each lane, where the epilogue has it, without the logarithm of the factor.</param>
    /// <param name="factor">The factor, where it has one.</param>
    static abstract V Apply<S, V>(in EpilogueOperands operands, V sum, nint offset, nint column, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged;
}

internal readonly unsafe struct StoreTile : ITileEpilogue
{
    public static bool IsStore => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(in EpilogueOperands operands, V sum, nint offset, nint column, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        loss = factor = S.Zero;
        return sum;
    }
}

internal readonly unsafe struct BiasActivationTile<TActivation> : ITileEpilogue
    where TActivation : struct, IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(in EpilogueOperands operands, V sum, nint offset, nint column, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        loss = factor = S.Zero;
        return TActivation.Apply<S, V>(S.Add(sum, S.Load(operands.Bias + column)));
    }
}

internal readonly unsafe struct DerivativeTile<TActivation> : ITileEpilogue
    where TActivation : struct, IActivationFunction
{
    public static float* Beside(in EpilogueOperands operands) => operands.Activated;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(in EpilogueOperands operands, V sum, nint offset, nint column, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        loss = factor = S.Zero;
        return S.Multiply(sum, TActivation.Derivative<S, V>(S.Load(operands.Activated + offset)));
    }
}

internal readonly unsafe struct LikelihoodTile<TLikelihood> : ITileEpilogue
    where TLikelihood : struct, ILikelihoodFunction
{
    public static bool HasLoss => true;

    public static bool HasFactor => TLikelihood.HasFactor;

    public static float* Beside(in EpilogueOperands operands) => operands.Target;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(in EpilogueOperands operands, V sum, nint offset, nint column, out V loss, out V factor)
        where S : ISimd<V>
        where V : unmanaged
    {
        V output = S.Add(sum, S.Load(operands.Bias + column));
        loss = TLikelihood.Evaluate<S, V>(output, S.Load(operands.Target + offset), out V gradient, out factor);
        return S.Multiply(gradient, S.Broadcast(operands.GradientScale));
    }
}
