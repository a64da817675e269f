namespace GpuVae.Kernels;

/// <summary>
/// Decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2, as AdamW in PyTorch): θ ← θ − αλ·θ, where the
/// schedule's row for this step has αλ in <see cref="Schedule.WeightDecay"/>. Adam's moments do not see it.
/// </summary>
/// <param name="Schedule">(steps, <see cref="Schedule.Columns"/>).</param>
/// <param name="Counters">(1, <see cref="Counter.Count"/>).</param>
/// <param name="Parameters">θ, updated.</param>
public readonly record struct DecayWeights(View<float> Schedule, View<int> Counters, View<float> Parameters) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Schedule).Source(Counters).Update(Parameters).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(Parameters.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSchedule(Schedule);
        Shapes.RequireCounters(Counters);
    }
}
