namespace GpuVae.Kernels;

/// <summary>repeated[b·K + s, :] = rows[b, :] for s in 0…K−1: the target of each draw.</summary>
/// <param name="Rows">(B, N).</param>
/// <param name="Repeated">(B·K, N).</param>
public readonly record struct RepeatRows(View<float> Rows, View<float> Repeated) : IOperation
{
    /// <summary>K, copies of each row.</summary>
    public int Draws => Shapes.Draws(Rows.Rows, Repeated.Rows);

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(Rows).Destination(Repeated).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(0, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(Repeated.Columns == Rows.Columns);
        Shapes.Require(Shapes.AreDraws(Rows.Rows, Repeated.Rows));
    }
}
