namespace GpuVae.Kernels;

/// <summary>The gradient of a bias: sums[j] = Σᵢ values[i, j].</summary>
/// <param name="Values">(B, N) gradients of a layer's outputs.</param>
/// <param name="Sums">(1, N).</param>
public readonly record struct SumColumns(View<float> Values, View<float> Sums) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(Values).Destination(Sums).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(Values.Length, Operands);

    /// <inheritdoc/>
    public void Check() => Shapes.Require(Sums.Length == Values.Columns);
}
