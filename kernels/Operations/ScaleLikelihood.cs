namespace GpuVae.Kernels;

/// <summary>
/// Turns loss and gradient of a <see cref="Likelihood"/> of scale 1 into those of scale e^λ, the same for every
/// number of an image: loss[r] ← e^(−pλ) · loss[r] + Dλ and ∂outputs ← e^(−pλ) · ∂outputs. With p = 2 and λ = log σ
/// the gaussian's ½ Σ ((x − x̂)/σ)² + D log σ, with p = 1 and λ = log b the Laplace distribution's
/// Σ |x − x̂|/b + D log b.
/// </summary>
/// <param name="LogScale">λ (1, 1).</param>
/// <param name="Power">p.</param>
/// <param name="Loss">(1, R), updated.</param>
/// <param name="OutputGradient">(R, D), updated.</param>
public readonly record struct ScaleLikelihood(
    View<float> LogScale, float Power, View<float> Loss, View<float> OutputGradient) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(LogScale).Update(Loss).Update(OutputGradient).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost((2.0 * Loss.Length) + OutputGradient.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(LogScale.Length == 1);
        Shapes.Require(Loss.Length == OutputGradient.Rows);
    }
}
