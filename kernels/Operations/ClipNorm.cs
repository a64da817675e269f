namespace GpuVae.Kernels;

/// <summary>
/// Clips a gradient by its norm (Pascanu, Mikolov and Bengio 2013, algorithm 1): with ‖g‖ = √sum,
/// g ← g · limit/‖g‖ where ‖g‖ &gt; limit, and as it is elsewhere.
/// </summary>
/// <param name="SumOfSquares">(1, 1), what <see cref="SumSquares"/> made of all gradients.</param>
/// <param name="Limit">The largest norm.</param>
/// <param name="Gradient">g (1, n), updated.</param>
public readonly record struct ClipNorm(View<float> SumOfSquares, float Limit, View<float> Gradient) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(SumOfSquares).Update(Gradient).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(Gradient.Length, Operands);

    /// <inheritdoc/>
    public void Check() => Shapes.Require(SumOfSquares.Length == 1);
}
