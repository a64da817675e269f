namespace GpuVae.Kernels;

/// <summary>
/// The probabilities of categories, group by group: ℓ_c ← e^ℓ_c / Σ e^ℓ over the columns of the group, without overflow for any
/// ℓ. Columns before the first group stay as they are.
/// </summary>
/// <param name="Starts">(1, G + 1): group g is the columns from starts[g] to starts[g + 1] − 1.</param>
/// <param name="Values">(R, D), updated.</param>
public readonly record struct Softmax(View<int> Starts, View<float> Values) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(Starts).Update(Values).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(4.0 * Values.Length, Operands);

    /// <inheritdoc/>
    public void Check() => Shapes.Require(Starts.Rows == 1 && Starts.Columns >= 1);
}
