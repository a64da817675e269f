namespace GpuVae.Kernels;

/// <summary>Adds 1 to both counters: the step is over.</summary>
/// <param name="Counters">(1, <see cref="Counter.Count"/>).</param>
public readonly record struct Advance(View<int> Counters) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Update(Counters).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(0, Operands);

    /// <inheritdoc/>
    public void Check() => Shapes.RequireCounters(Counters);
}
