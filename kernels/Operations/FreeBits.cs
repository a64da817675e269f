namespace GpuVae.Kernels;

/// <summary>
/// Free bits (Kingma and others 2016, appendix C.8): charge[b] = divergence[b] + Σⱼ max(0, λ − KLⱼ), whose mean over
/// the batch is Σⱼ max(λ, KLⱼ), and unitWeights[j] = 1 where KLⱼ &gt; λ, else 0, which is its gradient.
/// </summary>
/// <param name="UnitDivergence">KLⱼ (1, k), the mean over the batch.</param>
/// <param name="Divergence">(1, B).</param>
/// <param name="FreeNats">λ.</param>
/// <param name="UnitWeights">(1, k).</param>
/// <param name="Charge">(1, B).</param>
public readonly record struct FreeBits(
    View<float> UnitDivergence, View<float> Divergence, float FreeNats, View<float> UnitWeights, View<float> Charge)
    : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(UnitDivergence).Source(Divergence).Destination(UnitWeights).Destination(Charge).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost((3.0 * UnitDivergence.Length) + Charge.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(UnitWeights.Length == UnitDivergence.Length);
        Shapes.Require(Charge.Length == Divergence.Length);
    }
}
