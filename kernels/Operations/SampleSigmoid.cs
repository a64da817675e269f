namespace GpuVae.Kernels;

/// <summary>
/// z = σ(a + deviation · ε) with ε ~ N(0, 1) that is drawn once for each training case and kept (Salakhutdinov and
/// Hinton 2009, section 3.2): ε of row i is a function of the image order[first + i] and of the unit, not of the step;
/// first = counters[<see cref="Counter.StepInEpoch"/>] · batchSize.
/// </summary>
/// <param name="Activations">a (B, k).</param>
/// <param name="Order">(1, N) a permutation of 0…N−1; empty for no noise, as at use.</param>
/// <param name="Counters">(1, <see cref="Counter.Count"/>).</param>
/// <param name="BatchSize">Images in a full batch; there may be fewer rows in the last one.</param>
/// <param name="Deviation">Standard deviation of the noise.</param>
/// <param name="Noise">Where ε comes from; the image stands for the step, the unit is the element.</param>
/// <param name="Z">(B, k).</param>
public readonly record struct SampleSigmoid(
    View<float> Activations, View<int> Order, View<int> Counters, int BatchSize, float Deviation, RandomSource Noise,
    View<float> Z) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Activations).Source(Order).Source(Counters).Destination(Z).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(20.0 * Z.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(Activations, Z);
        Shapes.RequireCounters(Counters);
    }
}
