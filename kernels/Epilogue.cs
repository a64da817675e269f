namespace GpuVae.Kernels;

/// <summary>What an <see cref="Epilogue"/> does.</summary>
public enum EpilogueKind
{
    /// <summary>C = S.</summary>
    Store,

    /// <summary>C = f(S + bias).</summary>
    Activation,

    /// <summary>C = S ⊙ f′.</summary>
    Derivative,

    /// <summary>C = scale · ∂L/∂(S + bias), and L for each row.</summary>
    Likelihood,
}

/// <summary>
/// What follows a layer: what is done to its sums S (M, N) before C (M, N) is stored, in a product while they are still in
/// registers. Made by one of the factories below; the layer adds its own bias with <see cref="WithBias"/>.
/// </summary>
public readonly record struct Epilogue
{
    private readonly Activation? _activation;
    private readonly Likelihood? _function;

    /// <summary>Which of the fields below are in use.</summary>
    public EpilogueKind Kind { get; private init; }

    /// <summary>f, or the f whose derivative is taken.</summary>
    public Activation Activation
    {
        get => _activation ?? Activation.Identity;
        private init => _activation = value;
    }

    /// <summary>−log p.</summary>
    public Likelihood Function
    {
        get => _function ?? Likelihood.Gaussian;
        private init => _function = value;
    }

    /// <summary>b (1, N), added to every row; absent where nothing is added.</summary>
    public View<float> Bias { get; private init; }

    /// <summary>
    /// What the forward pass kept for f′ (M, N): y = f(x), or x where <see cref="Activation.DerivativeNeedsInput"/>.
    /// </summary>
    public View<float> Saved { get; private init; }

    /// <summary>x (M, N), what the decoder should give.</summary>
    public View<float> Target { get; private init; }

    /// <summary>The factor of the gradient: 1/B makes it that of the mean over a batch of B images.</summary>
    public float GradientScale { get; private init; }

    /// <summary>(1, M): −log p(x | z) of each row, in nats.</summary>
    public View<float> Loss { get; private init; }

    /// <summary>C = S.</summary>
    public static Epilogue Store => default;

    /// <summary>Whether a bias is added, so that a product has to be given one.</summary>
    public bool TakesBias => Kind is EpilogueKind.Activation or EpilogueKind.Likelihood;

    /// <summary>Floating-point operations for each element, a function value counted as one.</summary>
    public int FlopsPerElement => Kind switch
    {
        EpilogueKind.Store => 0,
        EpilogueKind.Likelihood => 8,
        _ => 2,
    };

    /// <summary>C = f(S), with a bias f(S + b).</summary>
    public static Epilogue Activate(Activation activation) =>
        new() { Kind = EpilogueKind.Activation, Activation = activation };

    /// <summary>C = f(S + b), with b (1, N).</summary>
    public static Epilogue BiasActivation(View<float> bias, Activation activation) => Activate(activation).WithBias(bias);

    /// <summary>
    /// C = S ⊙ f′, with what the forward pass kept of f (M, N): its output, or its input where
    /// <see cref="Activation.DerivativeNeedsInput"/>.
    /// </summary>
    public static Epilogue Derivative(View<float> saved, Activation activation) =>
        new() { Kind = EpilogueKind.Derivative, Saved = saved, Activation = activation };

    /// <summary>
    /// With outputs S, or S + b: loss (1, M) = Σ over columns of −log p(target | outputs) and
    /// C = <paramref name="gradientScale"/> · ∂loss/∂outputs. The outputs themselves never reach memory.
    /// </summary>
    public static Epilogue NegativeLogLikelihood(
        View<float> target, Likelihood function, float gradientScale, View<float> loss) =>
        new()
        {
            Kind = EpilogueKind.Likelihood,
            Target = target,
            Function = function,
            GradientScale = gradientScale,
            Loss = loss,
        };

    /// <summary>The same of S + b, with b (1, N): what a layer that has a bias hands to its product.</summary>
    /// <exception cref="InvalidOperationException">A derivative has no bias.</exception>
    public Epilogue WithBias(View<float> bias) => Kind switch
    {
        EpilogueKind.Store => this with { Kind = EpilogueKind.Activation, Activation = Activation.Identity, Bias = bias },
        EpilogueKind.Derivative => throw new InvalidOperationException("A derivative is taken of sums without a bias."),
        _ => this with { Bias = bias },
    };

    internal OperandList AddTo(OperandList operands) => Kind switch
    {
        EpilogueKind.Activation => operands.Source(Bias),
        EpilogueKind.Derivative => operands.Source(Saved),
        EpilogueKind.Likelihood => operands.Source(Bias).Source(Target).Destination(Loss),
        _ => operands,
    };

    internal void Check(int rows, int columns)
    {
        Shapes.Require(Bias.IsEmpty || Bias.Length == columns);
        Shapes.Require(Kind != EpilogueKind.Derivative || (Saved.Rows == rows && Saved.Columns == columns));
        if (Kind != EpilogueKind.Likelihood)
            return;
        Shapes.Require(Target.Rows == rows && Target.Columns == columns);
        Shapes.Require(Loss.Length == rows);
    }

    /// <summary>Hands the types that a kernel is compiled for to a visitor.</summary>
    internal TResult Accept<TVisitor, TResult>(TVisitor visitor)
        where TVisitor : IEpilogueVisitor<TResult> => Kind switch
        {
            EpilogueKind.Store => visitor.Store(),
            EpilogueKind.Likelihood => Function.Accept<TVisitor, TResult>(visitor),
            _ => Activation.Accept<TVisitor, TResult>(visitor, Kind == EpilogueKind.Derivative),
        };
}

/// <summary>From an epilogue to the types that a kernel is compiled for, which hold no branch.</summary>
internal interface IEpilogueVisitor<TResult>
{
    /// <summary>C = S.</summary>
    TResult Store();

    /// <summary>C = f(S + bias).</summary>
    TResult Activation<TFunction>()
        where TFunction : struct, IVectorActivation;

    /// <summary>C = S ⊙ f′.</summary>
    TResult Derivative<TFunction>()
        where TFunction : struct, IVectorActivation;

    /// <summary>C = scale · ∂L/∂(S + bias), and L for each row.</summary>
    TResult Likelihood<TFunction>()
        where TFunction : struct, IVectorLikelihood;
}
