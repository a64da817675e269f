namespace GpuVae.Kernels;

/// <summary>
/// How alike pictures x and y of numbers from 0 to 1 are, from the moments of windows around each of their N pixels: with μ, σ² and
/// σ_xy of the window, l = (2 μ_x μ_y + C₁) / (μ_x² + μ_y² + C₁) and c = (2 σ_xy + C₂) / (σ_x² + σ_y² + C₂), s is the mean of l·c
/// (Wang, Bovik, Sheikh and Simoncelli 2004, equation 13), or of c alone, as the finer scales of several have it (Wang, Simoncelli
/// and Bovik 2003, equation 7). And ∂s by the moments of y, from which the gradient follows:
/// ∂s/∂y = F m + y ⊙ F e + x ⊙ F p, where F is the symmetric filter that the moments were made with.
/// </summary>
/// <remarks>
/// σ_x² + σ_y² is taken as max(0, F(x² + y²) − μ_x² − μ_y²), since rounding may leave it below 0. s is 1 where x = y, and nowhere
/// above.
/// </remarks>
/// <param name="HasLuminance">Whether l is a factor.</param>
/// <param name="MeanX">μ_x = F x (R, N).</param>
/// <param name="MeanY">μ_y = F y (R, N).</param>
/// <param name="MeanSquares">F(x² + y²) (R, N).</param>
/// <param name="MeanProduct">F(x y) (R, N).</param>
/// <param name="Similarity">s of each picture (1, R).</param>
/// <param name="MeanGradient">m = ∂s/∂μ_y (R, N).</param>
/// <param name="SquaresGradient">e = 2 ∂s/∂F(x² + y²) (R, N).</param>
/// <param name="ProductGradient">p = ∂s/∂F(x y) (R, N). Each gradient may lie where a moment does.</param>
public readonly record struct StructuralSimilarity(
    bool HasLuminance, View<float> MeanX, View<float> MeanY, View<float> MeanSquares, View<float> MeanProduct,
    View<float> Similarity, View<float> MeanGradient, View<float> SquaresGradient, View<float> ProductGradient) : IOperation
{
    /// <summary>C₁ = (K₁ L)² with K₁ = 0.01 and L = 1.</summary>
    public const float C1 = 1e-4f;

    /// <summary>C₂ = (K₂ L)² with K₂ = 0.03 and L = 1.</summary>
    public const float C2 = 9e-4f;

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList()
        .Source(MeanX).Source(MeanY).Source(MeanSquares).Source(MeanProduct)
        .Destination(Similarity).Destination(MeanGradient).Destination(SquaresGradient).Destination(ProductGradient).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(40.0 * MeanX.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(MeanX.Columns >= 1);
        Shapes.RequireSame(MeanX, MeanY);
        Shapes.RequireSame(MeanX, MeanSquares);
        Shapes.RequireSame(MeanX, MeanProduct);
        Shapes.RequireSame(MeanX, MeanGradient);
        Shapes.RequireSame(MeanX, SquaresGradient);
        Shapes.RequireSame(MeanX, ProductGradient);
        Shapes.Require(Similarity.Length == MeanX.Rows);
    }
}
