namespace GpuVae.Kernels;

/// <summary>values[r, :] ← values[r, :] + factors[r] · addend[r, :].</summary>
/// <param name="Factors">(1, R) in any shape of R elements.</param>
/// <param name="Addend">(R, N).</param>
/// <param name="Values">(R, N), updated.</param>
public readonly record struct AddScaledRows(View<float> Factors, View<float> Addend, View<float> Values) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(Factors).Source(Addend).Update(Values).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(2.0 * Values.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(Factors.Length == Values.Rows);
        Shapes.RequireSame(Addend, Values);
    }
}
