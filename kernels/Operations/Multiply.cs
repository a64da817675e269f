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

/// <summary>C (M, N) = epilogue(op(A) · op(B)).</summary>
/// <param name="Orientation">Which operand is read transposed.</param>
/// <param name="A">(M, K), or (K, M) for <see cref="Orientation.TN"/>.</param>
/// <param name="B">(K, N), or (N, K) for <see cref="Orientation.NT"/>.</param>
/// <param name="Epilogue">
/// What happens to the sum before it is stored. One that adds a bias, as activations and likelihoods do after a product,
/// must have it.
/// </param>
/// <param name="C">(M, N), no part of which may be A or B.</param>
/// <remarks>
/// A device may leave out terms in which one factor is zero. With finite operands that changes no bit of C but a sign of
/// zero; with operands that are not finite it may: 0 · NaN and 0 · ∞ are NaN by IEEE 754 and nothing here.
/// </remarks>
public readonly record struct Multiply(
    Orientation Orientation, View<float> A, View<float> B, Epilogue Epilogue, View<float> C) : IOperation
{
    /// <summary>M, rows of C.</summary>
    public int M => C.Rows;

    /// <summary>N, columns of C.</summary>
    public int N => C.Columns;

    /// <summary>K, terms of each sum.</summary>
    public int K => Orientation == Orientation.TN ? A.Rows : A.Columns;

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        Epilogue.AddTo(new OperandList().Source(A).Source(B)).Destination(C).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost((2.0 * K * C.Length) + (C.Length * Epilogue.FlopsPerElement), Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require((Orientation == Orientation.TN ? A.Columns : A.Rows) == C.Rows);
        Shapes.Require((Orientation == Orientation.NT ? B.Rows : B.Columns) == C.Columns);
        Shapes.Require((Orientation == Orientation.NT ? B.Columns : B.Rows)
            == (Orientation == Orientation.TN ? A.Rows : A.Columns));
        Epilogue.Check(M, N);
        Shapes.Require(!Epilogue.TakesBias || Epilogue.Bias.Length == N);
        Shapes.RequireApart(A, C);
        Shapes.RequireApart(B, C);
    }
}
