namespace GpuVae.Kernels;

/// <summary>
/// history[step, r] = Σⱼ terms[r, j] with step = counters[<see cref="Counter.StepInEpoch"/>]: keeps the loss of every step
/// on the device, so that the host asks for many at once.
/// </summary>
/// <param name="Terms">(R, B), a row for each term of the loss.</param>
/// <param name="Counters">(1, <see cref="Counter.Count"/>).</param>
/// <param name="History">(steps, R).</param>
public readonly record struct SumTerms(View<float> Terms, View<int> Counters, View<float> History) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Terms).Source(Counters).Update(History).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => new(Terms.Length, sizeof(float) * (double)(Terms.Length + Terms.Rows));

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(History.Columns == Terms.Rows);
        Shapes.RequireCounters(Counters);
    }
}
