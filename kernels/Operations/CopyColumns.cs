namespace GpuVae.Kernels;

/// <summary>
/// destination[r, first′ + j] = source[r, first + j] for j in 0…N−1: columns of a matrix by themselves, or beside others.
/// Other columns of the destination stay as they are.
/// </summary>
/// <param name="Source">(R, A) with A ≥ first + N.</param>
/// <param name="SourceFirst">first.</param>
/// <param name="Columns">N.</param>
/// <param name="Destination">(R, B) with B ≥ first′ + N.</param>
/// <param name="DestinationFirst">first′.</param>
public readonly record struct CopyColumns(
    View<float> Source, int SourceFirst, int Columns, View<float> Destination, int DestinationFirst) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands
    {
        get
        {
            OperandList operands = new OperandList().Source(Source);
            return (Columns == Destination.Columns ? operands.Destination(Destination) : operands.Update(Destination)).ToList();
        }
    }

    /// <inheritdoc/>
    public OperationCost Cost => new(0, 2.0 * sizeof(float) * Destination.Rows * Columns);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(Source.Rows == Destination.Rows);
        Shapes.Require(SourceFirst >= 0 && Columns >= 0 && SourceFirst <= Source.Columns - Columns);
        Shapes.Require(DestinationFirst >= 0 && DestinationFirst <= Destination.Columns - Columns);
        Shapes.RequireApart(Source, Destination);
    }
}
