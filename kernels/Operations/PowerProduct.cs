namespace GpuVae.Kernels;

/// <summary>
/// v[r] = Π_m f[m, r]^w[m], the factors of a column each to a power of its own, and ∂v/∂f: what the scales of a multi-scale
/// structural similarity come to together (Wang, Simoncelli and Bovik 2003, equation 7). A power of a negative number is none, and
/// the derivative near 0 has no bound: a factor below the floor counts as the floor, and its derivative is 0.
/// </summary>
/// <param name="Factors">f (M, R).</param>
/// <param name="Exponents">w (1, M).</param>
/// <param name="Floor">The least factor, above 0.</param>
/// <param name="Product">v (1, R).</param>
/// <param name="Derivatives">∂v[r]/∂f[m, r] = w[m] v[r] / f[m, r] (M, R).</param>
public readonly record struct PowerProduct(
    View<float> Factors, View<float> Exponents, float Floor, View<float> Product, View<float> Derivatives) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList()
        .Source(Factors).Source(Exponents).Destination(Product).Destination(Derivatives).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost((6.0 * Factors.Length) + Product.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(float.IsFinite(Floor) && Floor > 0);
        Shapes.Require(Factors.Rows >= 1 && Exponents.Length == Factors.Rows);
        Shapes.Require(Product.Length == Factors.Columns);
        Shapes.RequireSame(Factors, Derivatives);
        Shapes.RequireApart(Factors, Product);
        Shapes.RequireApart(Factors, Derivatives);
    }
}
