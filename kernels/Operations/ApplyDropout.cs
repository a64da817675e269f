namespace GpuVae.Kernels;

/// <summary>
/// y = epilogue(x ⊙ m / (1 − p)): each number is left out with probability p, m = 0, else m = 1 (Srivastava and others 2014, with
/// the scale at training rather than at use). The gradient of x is the same operation on ∂L/∂(x ⊙ m / (1 − p)): the same counters
/// and noise draw the same mask again, so that none is kept.
/// </summary>
/// <param name="X">x (B, D).</param>
/// <param name="Counters">(1, <see cref="Counter.Count"/>); the mask is a function of the global step.</param>
/// <param name="Probability">p, from 0 to below 1.</param>
/// <param name="Noise">Where the mask comes from; element i·D + j is that of number j of row i.</param>
/// <param name="Epilogue">What follows: neither a likelihood nor a bias.</param>
/// <param name="Y">y (B, D), apart from x or x itself.</param>
public readonly record struct ApplyDropout(
    View<float> X, View<int> Counters, float Probability, RandomSource Noise, Epilogue Epilogue, View<float> Y) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        Epilogue.AddTo(new OperandList().Source(X).Source(Counters)).Destination(Y).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(Y.Length * (12.0 + Epilogue.FlopsPerElement), Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(X, Y);
        Shapes.RequireCounters(Counters);
        Shapes.Require(Probability is >= 0 and < 1);
        NormalizationShapes.RequireEpilogue(Epilogue, Y);
    }
}
