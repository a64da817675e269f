namespace GpuVae.Kernels;

/// <summary>
/// The gradients of γ and β in <see cref="Normalize"/>, of each example: with G = ∂L/∂(γ x̂ + β) and x̂ = (x − μ) / √(σ² + ε),
/// weightGradient[n, c] = Σ_p G x̂ and biasGradient[n, c] = Σ_p G over the P pixels of example n, in a fixed order. The columns'
/// sums are those of the batch; <see cref="NormalizeGradient"/> needs them of each example.
/// </summary>
/// <param name="X">x, maps of N·P·C numbers, channels last.</param>
/// <param name="Mean">μ (N, number of groups).</param>
/// <param name="Variance">σ², as μ.</param>
/// <param name="Epsilon">ε, above 0.</param>
/// <param name="OutputGradient">G of x's shape.</param>
/// <param name="WeightGradient">(N, C).</param>
/// <param name="BiasGradient">(N, C).</param>
public readonly record struct NormalizeParameterGradient(
    View<float> X, View<float> Mean, View<float> Variance, float Epsilon, View<float> OutputGradient,
    View<float> WeightGradient, View<float> BiasGradient) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(X).Source(Mean).Source(Variance).Source(OutputGradient)
            .Destination(WeightGradient).Destination(BiasGradient).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(4.0 * X.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(Mean, Variance);
        Shapes.RequireSame(X, OutputGradient);
        Shapes.RequireSame(WeightGradient, BiasGradient);
        Shapes.Require(Epsilon > 0);
        Shapes.Require(WeightGradient.Rows == Mean.Rows);
        Shapes.Require(Mean.Length >= 1 && WeightGradient.Length >= 1 && WeightGradient.Columns % Mean.Columns == 0);
        Shapes.Require(X.Length % WeightGradient.Length == 0);
    }
}
