namespace GpuVae.Kernels;

/// <summary>sum = Σ valueᵢ², in a fixed order: the square of the gradient's norm.</summary>
/// <param name="Values">(1, n).</param>
/// <param name="Sum">(1, 1).</param>
public readonly record struct SumSquares(View<float> Values, View<float> Sum) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(Values).Destination(Sum).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(2.0 * Values.Length, Operands);

    /// <inheritdoc/>
    public void Check() => Shapes.Require(Sum.Length == 1);
}
