using ILGPU;

namespace GpuVae.Kernels.Gpu.Gemm;

// What happens to an element of S = op(A)·op(B) while it is in a register, as types; see Epilogue for the maths.

/// <summary>The operands of every epilogue; one that is not used is empty.</summary>
/// <param name="Bias">b (1, N).</param>
/// <param name="Reference">What the forward pass kept, or the target x: (M, N).</param>
/// <param name="Scale">The gradient's factor.</param>
internal readonly record struct EpilogueOperands(ArrayView<float> Bias, ArrayView<float> Reference, float Scale)
{
    /// <summary>Those of <paramref name="epilogue"/> on the device.</summary>
    public static EpilogueOperands Of(GpuDevice device, in Epilogue epilogue) => new(
        device.AsArray(epilogue.Bias),
        device.AsArray(epilogue.Kind == EpilogueKind.Likelihood ? epilogue.Target : epilogue.Saved),
        epilogue.GradientScale);
}

/// <summary>From an element of S to an element of C.</summary>
internal interface IGemmEpilogue
{
    /// <summary>True where the loss of each element counts.</summary>
    static abstract bool HasLoss { get; }

    /// <summary>True where Σₖ op(A)ᵢₖ of each row i is asked for beside C.</summary>
    static abstract bool SumsRows { get; }

    /// <summary>The element of C and its loss.</summary>
    /// <param name="sum">The element of S.</param>
    /// <param name="column">Its column.</param>
    /// <param name="index">Its place in C.</param>
    /// <param name="operands">What else the epilogue reads.</param>
    static abstract (float Value, float Loss) Apply(float sum, int column, int index, EpilogueOperands operands);
}

/// <summary>Whether a bias is added to S.</summary>
internal interface IBias
{
    /// <summary>S + b, or S.</summary>
    static abstract float Add(float sum, int column, EpilogueOperands operands);
}

/// <summary>A bias for each column.</summary>
internal readonly struct ColumnBias : IBias
{
    public static float Add(float sum, int column, EpilogueOperands operands) => sum + operands.Bias[column];
}

/// <summary>No bias.</summary>
internal readonly struct NoBias : IBias
{
    public static float Add(float sum, int column, EpilogueOperands operands) => sum;
}

/// <summary>C = S.</summary>
internal readonly struct StoreEpilogue : IGemmEpilogue
{
    public static bool HasLoss => false;

    public static bool SumsRows => false;

    public static (float Value, float Loss) Apply(float sum, int column, int index, EpilogueOperands operands) =>
        (sum, 0f);
}

/// <summary>C = S, and the sums of op(A) along the inner dimension: a layer's gradients of weights and bias.</summary>
internal readonly struct StoreAndSumRowsEpilogue : IGemmEpilogue
{
    public static bool HasLoss => false;

    public static bool SumsRows => true;

    public static (float Value, float Loss) Apply(float sum, int column, int index, EpilogueOperands operands) =>
        (sum, 0f);
}

/// <summary>C = f(S + b).</summary>
internal readonly struct ActivationEpilogue<TActivation, TBias> : IGemmEpilogue
    where TActivation : struct, IVectorActivation
    where TBias : struct, IBias
{
    public static bool HasLoss => false;

    public static bool SumsRows => false;

    public static (float Value, float Loss) Apply(float sum, int column, int index, EpilogueOperands operands) =>
        (TActivation.Apply(TBias.Add(sum, column, operands)), 0f);
}

/// <summary>C = S ⊙ f′.</summary>
internal readonly struct DerivativeEpilogue<TActivation> : IGemmEpilogue
    where TActivation : struct, IVectorActivation
{
    public static bool HasLoss => false;

    public static bool SumsRows => false;

    public static (float Value, float Loss) Apply(float sum, int column, int index, EpilogueOperands operands) =>
        (sum * TActivation.Derivative(operands.Reference[index]), 0f);
}

/// <summary>C = scale · ∂L/∂(S + b), and L.</summary>
internal readonly struct LikelihoodEpilogue<TLikelihood, TBias> : IGemmEpilogue
    where TLikelihood : struct, IVectorLikelihood
    where TBias : struct, IBias
{
    public static bool HasLoss => true;

    public static bool SumsRows => false;

    public static (float Value, float Loss) Apply(float sum, int column, int index, EpilogueOperands operands)
    {
        (float loss, float gradient) =
            TLikelihood.Evaluate(TBias.Add(sum, column, operands), operands.Reference[index]);
        return (operands.Scale * gradient, loss);
    }
}

/// <summary>Finds the kernel that was compiled for an epilogue's type.</summary>
internal interface IEpilogueSelector<TResult>
{
    /// <summary>The one for <typeparamref name="TEpilogue"/>.</summary>
    TResult For<TEpilogue>()
        where TEpilogue : struct, IGemmEpilogue;
}

/// <summary>From an <see cref="Epilogue"/> to the type that does it here.</summary>
internal readonly struct EpilogueTypes<TBias, TSelector, TResult>(TSelector selector) : IEpilogueVisitor<TResult>
    where TBias : struct, IBias
    where TSelector : struct, IEpilogueSelector<TResult>
{
    private readonly TSelector _selector = selector;

    public TResult Store() => _selector.For<StoreEpilogue>();

    public TResult Activation<TFunction>()
        where TFunction : struct, IVectorActivation => _selector.For<ActivationEpilogue<TFunction, TBias>>();

    public TResult Derivative<TFunction>()
        where TFunction : struct, IVectorActivation => _selector.For<DerivativeEpilogue<TFunction>>();

    public TResult Likelihood<TFunction>()
        where TFunction : struct, IVectorLikelihood => _selector.For<LikelihoodEpilogue<TFunction, TBias>>();
}
