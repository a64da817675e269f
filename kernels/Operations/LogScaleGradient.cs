namespace GpuVae.Kernels;

/// <summary>The gradient of <see cref="ScaleLikelihood"/> by λ: Σᵣ wᵣ · (D − p · (loss[r] − Dλ)).</summary>
/// <param name="LogScale">λ (1, 1).</param>
/// <param name="Power">p.</param>
/// <param name="Dimensions">D.</param>
/// <param name="Loss">(1, R) as <see cref="ScaleLikelihood"/> left it.</param>
/// <param name="Weights">wᵣ (1, R) in any shape of R elements; empty where each is <paramref name="Weight"/>.</param>
/// <param name="Weight">1/R for a mean over rows, where there are no weights.</param>
/// <param name="Gradient">(1, 1).</param>
public readonly record struct LogScaleGradient(
    View<float> LogScale, float Power, int Dimensions, View<float> Loss, View<float> Weights, float Weight,
    View<float> Gradient) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(LogScale).Source(Loss).Source(Weights).Destination(Gradient).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(5.0 * Loss.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(LogScale.Length == 1 && Gradient.Length == 1);
        Shapes.Require(Weights.IsEmpty || Weights.Length == Loss.Length);
    }
}
