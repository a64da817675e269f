using ILGPU;

namespace GpuVae.Kernels.Ilgpu;

// What happens to an element of S = op(A)·op(B) while it is in a register, as types; see Epilogue for the maths.

/// <summary>The operands of every epilogue; one that is not used is empty.</summary>
/// <param name="Bias">b (1, N).</param>
/// <param name="Reference">The stored y, or the target x: (M, N).</param>
/// <param name="Scale">The gradient's factor.</param>
internal readonly record struct EpilogueOperands(ArrayView<float> Bias, ArrayView<float> Reference, float Scale);

/// <summary>From an element of S to an element of C.</summary>
internal interface IProductEpilogue
{
    /// <summary>True where the loss of each element counts.</summary>
    static abstract bool HasLoss { get; }

    /// <summary>The element of C and its loss.</summary>
    /// <param name="sum">The element of S.</param>
    /// <param name="column">Its column.</param>
    /// <param name="index">Its place in C.</param>
    /// <param name="operands">What else the epilogue reads.</param>
    static abstract (float Value, float Loss) Apply(float sum, int column, int index, EpilogueOperands operands);
}

/// <summary>C = S.</summary>
internal readonly struct StoreEpilogue : IProductEpilogue
{
    public static bool HasLoss => false;

    public static (float Value, float Loss) Apply(float sum, int column, int index, EpilogueOperands operands) =>
        (sum, 0f);
}

/// <summary>C = f(S + b).</summary>
internal readonly struct BiasActivationEpilogue<TActivation> : IProductEpilogue
    where TActivation : struct, IVectorActivation
{
    public static bool HasLoss => false;

    public static (float Value, float Loss) Apply(float sum, int column, int index, EpilogueOperands operands) =>
        (TActivation.Apply(sum + operands.Bias[column]), 0f);
}

/// <summary>C = S ⊙ f′(y).</summary>
internal readonly struct DerivativeEpilogue<TActivation> : IProductEpilogue
    where TActivation : struct, IVectorActivation
{
    public static bool HasLoss => false;

    public static (float Value, float Loss) Apply(float sum, int column, int index, EpilogueOperands operands) =>
        (sum * TActivation.Derivative(operands.Reference[index]), 0f);
}

/// <summary>C = scale · ∂L/∂(S + b), and L.</summary>
internal readonly struct LikelihoodEpilogue<TLikelihood> : IProductEpilogue
    where TLikelihood : struct, IVectorLikelihood
{
    public static bool HasLoss => true;

    public static (float Value, float Loss) Apply(float sum, int column, int index, EpilogueOperands operands)
    {
        (float loss, float gradient) = TLikelihood.Evaluate(sum + operands.Bias[column], operands.Reference[index]);
        return (operands.Scale * gradient, loss);
    }
}

/// <summary>The end of a product in a thread.</summary>
internal static class ProductStore<TEpilogue>
    where TEpilogue : struct, IProductEpilogue
{
    /// <summary>Takes an element of S through the epilogue to C, if C has it; its loss, else 0.</summary>
    public static float Store(
        int row, int column, int m, int n, float sum, EpilogueOperands operands, ArrayView<float> c)
    {
        if (row >= m || column >= n)
            return 0f;
        int index = (((Grid.IdxZ * m) + row) * n) + column;
        (float value, float loss) = TEpilogue.Apply(sum, column, index, operands);
        c[index] = value;
        return loss;
    }
}
