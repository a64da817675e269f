namespace GpuVae.Kernels;

/// <summary>The three ways in which a dense layer multiplies: T stands at an operand that is read transposed.</summary>
public enum Orientation
{
    /// <summary>C (M, N) = A (M, K) · B (N, K)ᵀ: the forward pass, activations times weights (out, in).</summary>
    NT,

    /// <summary>C (M, N) = A (M, K) · B (K, N): the input's gradient, output gradients times weights.</summary>
    NN,

    /// <summary>C (M, N) = A (K, M)ᵀ · B (K, N): the weights' gradient, output gradients times inputs.</summary>
    TN,
}

/// <summary>What an <see cref="Epilogue"/> does.</summary>
public enum EpilogueKind
{
    /// <summary>C = S.</summary>
    Store,

    /// <summary>C = f(S + bias).</summary>
    BiasActivation,

    /// <summary>C = S ⊙ f′.</summary>
    Derivative,

    /// <summary>C = scale · ∂L/∂(S + bias), and L for each row.</summary>
    Likelihood,
}

/// <summary>
/// What a product does with its sum S = op(A)·op(B) (M, N) before it stores C (M, N), while S is still in
/// registers. Made by one of the factories below.
/// </summary>
public readonly record struct Epilogue
{
    /// <summary>Which of the fields below are in use.</summary>
    public EpilogueKind Kind { get; private init; }

    /// <summary>f, or the f whose derivative is taken.</summary>
    public Activation Activation { get; private init; }

    /// <summary>−log p.</summary>
    public Likelihood Function { get; private init; }

    /// <summary>b (1, N), added to every row.</summary>
    public View<float> Bias { get; private init; }

    /// <summary>y = f(x) (M, N) as the forward pass stored it; f′ is computed from it.</summary>
    public View<float> Activated { get; private init; }

    /// <summary>x (M, N), what the decoder should give.</summary>
    public View<float> Target { get; private init; }

    /// <summary>The factor of the gradient: 1/B makes it that of the mean over a batch of B images.</summary>
    public float GradientScale { get; private init; }

    /// <summary>(1, M): −log p(x | z) of each row, in nats.</summary>
    public View<float> Loss { get; private init; }

    /// <summary>C = S.</summary>
    public static Epilogue Store => default;

    /// <summary>C = f(S + b), with b (1, N).</summary>
    public static Epilogue BiasActivation(View<float> bias, Activation activation) =>
        new() { Kind = EpilogueKind.BiasActivation, Bias = bias, Activation = activation };

    /// <summary>C = S ⊙ f′(y), with y = f(x) (M, N): every <see cref="Kernels.Activation"/> has f′ as a function of y.</summary>
    public static Epilogue Derivative(View<float> activated, Activation activation) =>
        new() { Kind = EpilogueKind.Derivative, Activated = activated, Activation = activation };

    /// <summary>
    /// With outputs S + b: loss (1, M) = Σ over columns of −log p(target | outputs) and
    /// C = <paramref name="gradientScale"/> · ∂loss/∂outputs. The outputs themselves never reach memory.
    /// </summary>
    public static Epilogue NegativeLogLikelihood(
        View<float> bias, View<float> target, Likelihood function, float gradientScale, View<float> loss) =>
        new()
        {
            Kind = EpilogueKind.Likelihood,
            Bias = bias,
            Target = target,
            Function = function,
            GradientScale = gradientScale,
            Loss = loss,
        };
}
