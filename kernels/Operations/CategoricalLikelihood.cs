namespace GpuVae.Kernels;

/// <summary>
/// The likelihood of categories that are written as groups of columns, one 1 and else 0 in each: with logits ℓ of a group g,
/// loss[r] += Σ_g −log p(x_g | ℓ_g) = Σ_g (log Σ_c e^ℓ_c · Σ_c x_c − Σ_c x_c ℓ_c), and ℓ ← scale · (softmax(ℓ) Σ_c x_c − x), the
/// gradient (Bishop 2006, equations 4.104 to 4.109). Columns before the first group stay as they are.
/// </summary>
/// <param name="Target">x (R, D).</param>
/// <param name="Starts">(1, G + 1): group g is the columns from starts[g] to starts[g + 1] − 1.</param>
/// <param name="GradientScale">The factor of the gradient.</param>
/// <param name="Loss">(1, R), added to.</param>
/// <param name="Outputs">(R, D): logits, which become the gradient.</param>
public readonly record struct CategoricalLikelihood(
    View<float> Target, View<int> Starts, float GradientScale, View<float> Loss, View<float> Outputs) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Target).Source(Starts).Update(Loss).Update(Outputs).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(8.0 * Outputs.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(Target, Outputs);
        Shapes.Require(Loss.Length == Outputs.Rows);
        Shapes.Require(Starts.Rows == 1 && Starts.Columns >= 1);
        Shapes.RequireApart(Target, Outputs);
    }
}
