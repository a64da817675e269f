namespace GpuVae.Kernels;

/// <summary>
/// The discretised logistic likelihood of bytes (Kingma et al. 2016, appendix C; Salimans et al. 2017, equation 2). A byte k is the
/// number x = k/255, and its probability is what a logistic distribution about μ with the scale s = e^λ has in the interval that is
/// nearer to x than to any other byte, the tails outside 0 … 1 going to the first and the last one:
/// P = σ(a) − σ(b) with a = (x + 1/510 − μ)/s, +∞ for 255, and b = (x − 1/510 − μ)/s, −∞ for 0.
/// </summary>
/// <remarks>
/// With δ = a − b = 1/(255 s), −log P = log(1 + e⁻ᵃ) + log(1 + eᵇ) − log(1 − e^−δ), three terms of at least 0 that neither
/// cancel nor overflow; of 0 only the first is there, and of 255 only the second. Of one number
/// ∂/∂μ = (σ(−a) − σ(b))/s and ∂/∂λ = a σ(−a) − b σ(b) + δ/(e^δ − 1), with what belongs to terms that are not there left out. It is
/// a probability, so that loss/(D log 2) is exactly bits per dimension. k is the integer next to 255 x, so that bytes that are
/// neighbours share their bound to the last bit, and their probabilities add up to 1 at any scale.
/// </remarks>
/// <param name="Target">x (R, D), bytes divided by 255.</param>
/// <param name="LogScale">λ (1, 1), the same for every number.</param>
/// <param name="GradientScale">The factor of the gradient by μ.</param>
/// <param name="Loss">(1, R): Σ −log P of each row, in nats.</param>
/// <param name="LogScaleGradient">(1, R): ∂loss[r]/∂λ, without the factor.</param>
/// <param name="Outputs">(R, D): μ, which becomes scale · ∂loss/∂μ.</param>
public readonly record struct DiscretizedLogistic(
    View<float> Target, View<float> LogScale, float GradientScale, View<float> Loss, View<float> LogScaleGradient,
    View<float> Outputs) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Target).Source(LogScale).Destination(Loss).Destination(LogScaleGradient).Update(Outputs)
            .ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(30.0 * Outputs.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(Target, Outputs);
        Shapes.Require(LogScale.Length == 1);
        Shapes.Require(Loss.Length == Outputs.Rows);
        Shapes.Require(LogScaleGradient.Length == Outputs.Rows);
        Shapes.RequireApart(Target, Outputs);
    }
}
