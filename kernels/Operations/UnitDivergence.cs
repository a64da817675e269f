namespace GpuVae.Kernels;

/// <summary>
/// Each unit's part of KL(q(z | x) ‖ N(0, I)), the mean over the batch. With <see cref="Covariance.Diagonal"/> it is
/// ½ (μⱼ² + e^sⱼ − 1 − sⱼ), with <see cref="Covariance.Full"/> ½ (μⱼ² + Σ_{i ≤ j} Lⱼᵢ² − 1) − dⱼ; none is negative, and
/// they add up to the divergence.
/// </summary>
/// <param name="Posterior">(B, 2k) or (B, 2k + k(k − 1)/2).</param>
/// <param name="Covariance">How it holds Σ.</param>
/// <param name="Divergence">(1, k) in nats.</param>
public readonly record struct UnitDivergence(View<float> Posterior, Covariance Covariance, View<float> Divergence)
    : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(Posterior).Destination(Divergence).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(4.0 * Posterior.Length, Operands);

    /// <inheritdoc/>
    public void Check() => Shapes.RequirePosterior(Posterior, Covariance, (int)Divergence.Length);
}
