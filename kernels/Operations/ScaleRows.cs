namespace GpuVae.Kernels;

/// <summary>values[r, :] ← factors[r] · values[r, :].</summary>
/// <param name="Factors">(1, R) in any shape of R elements.</param>
/// <param name="Values">(R, N), updated.</param>
public readonly record struct ScaleRows(View<float> Factors, View<float> Values) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(Factors).Update(Values).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(Values.Length, Operands);

    /// <inheritdoc/>
    public void Check() => Shapes.Require(Factors.Length == Values.Rows);
}
