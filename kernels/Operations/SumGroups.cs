namespace GpuVae.Kernels;

/// <summary>
/// sums[b, :] = 1/divisor · Σ_s values[b·K + s, :] over the K rows of each group: with divisor K the mean over the draws of
/// an image, with 1 the gradient of <see cref="RepeatRows"/>. Added up in order, on the CPU in double precision.
/// </summary>
/// <param name="Values">(B·K, N).</param>
/// <param name="Divisor">1 or more.</param>
/// <param name="Sums">(B, N).</param>
public readonly record struct SumGroups(View<float> Values, int Divisor, View<float> Sums) : IOperation
{
    /// <summary>K, rows of a group.</summary>
    public int Group => Shapes.Draws(Sums.Rows, Values.Rows);

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(Values).Destination(Sums).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(Values.Length + Sums.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(Values.Columns == Sums.Columns);
        Shapes.Require(Shapes.AreDraws(Sums.Rows, Values.Rows));
        Shapes.Require(Divisor >= 1);
    }
}
