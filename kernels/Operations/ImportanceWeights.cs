namespace GpuVae.Kernels;

/// <summary>
/// The bound of K draws and the normalised weights of its gradient (Burda, Grosse and Salakhutdinov 2016, equations 8 and
/// 13), with the largest log w of an image taken out of its sums: loss[b] = −log (1/K · Σ_s w_s) and
/// weights[b, s] = scale · w_s / Σ w.
/// </summary>
/// <param name="LogWeights">(B, K).</param>
/// <param name="Scale">1/B for a mean over the batch.</param>
/// <param name="Weights">(B, K).</param>
/// <param name="Loss">(1, B) in nats.</param>
public readonly record struct ImportanceWeights(
    View<float> LogWeights, float Scale, View<float> Weights, View<float> Loss) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(LogWeights).Destination(Weights).Destination(Loss).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(5.0 * LogWeights.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(Weights.Length == LogWeights.Length);
        Shapes.Require(Loss.Length == LogWeights.Rows);
    }
}
