namespace GpuVae.Kernels;

/// <summary>
/// The gradient of x in <see cref="Normalize"/>, where μ and σ² are the <see cref="Moments"/> of x: with G = ∂L/∂(γ x̂ + β) and
/// x̂ = (x − μ) / √(σ² + ε), ∂x = epilogue((γ G − m − x̂ m′) / √(σ² + ε)), m and m′ the means of γ G and of γ G x̂ over the example's
/// numbers in the group. Where there are no gradients of parameters μ and σ² are constants, such as running estimates, and
/// m = m′ = 0.
/// </summary>
/// <param name="X">x, maps of N·P·C numbers, channels last.</param>
/// <param name="Mean">μ (N, number of groups).</param>
/// <param name="Variance">σ², as μ.</param>
/// <param name="Epsilon">ε, above 0.</param>
/// <param name="Weight">γ (1, C).</param>
/// <param name="WeightGradient">Σ_p G x̂ (N, C) of <see cref="NormalizeParameterGradient"/>; empty for constants.</param>
/// <param name="BiasGradient">Σ_p G (N, C); empty for constants.</param>
/// <param name="OutputGradient">G of x's shape.</param>
/// <param name="Epilogue">What happens to ∂x before it is stored: neither a likelihood nor a bias.</param>
/// <param name="InputGradient">∂x of x's shape; may be G or x itself.</param>
public readonly record struct NormalizeGradient(
    View<float> X, View<float> Mean, View<float> Variance, float Epsilon, View<float> Weight, View<float> WeightGradient,
    View<float> BiasGradient, View<float> OutputGradient, Epilogue Epilogue, View<float> InputGradient) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => Epilogue.AddTo(
        new OperandList().Source(X).Source(Mean).Source(Variance).Source(Weight).Source(WeightGradient).Source(BiasGradient)
            .Source(OutputGradient)).Destination(InputGradient).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(X.Length * (5.0 + Epilogue.FlopsPerElement), Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(Mean, Variance);
        Shapes.RequireSame(X, OutputGradient);
        Shapes.RequireSame(X, InputGradient);
        Shapes.Require(Epsilon > 0);
        Shapes.Require(Mean.Length >= 1 && Weight.Rows == 1 && Weight.Length >= 1 && Weight.Length % Mean.Columns == 0);
        Shapes.Require(X.Length % (Mean.Rows * Weight.Length) == 0);
        Shapes.Require(WeightGradient.IsEmpty == BiasGradient.IsEmpty);
        if (!WeightGradient.IsEmpty)
        {
            Shapes.Require(WeightGradient.Rows == Mean.Rows && WeightGradient.Columns == Weight.Length);
            Shapes.RequireSame(WeightGradient, BiasGradient);
        }
        NormalizationShapes.RequireEpilogue(Epilogue, InputGradient);
    }
}
