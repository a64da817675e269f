namespace GpuVae.Kernels;

/// <summary>
/// The gradient of a convolution's weights: ∂w[o, u, v, c] = Σ_{b, i, j} g[b, i, j, o] · x[b, i·s + u − p, j·s + v − p′, c]. Of a
/// transposed convolution too, with x and g in each other's place. Summed in an order that does not depend on threads.
/// </summary>
/// <param name="Geometry">Sizes, k, s, p and p′.</param>
/// <param name="X">x (B, H·W·C).</param>
/// <param name="G">g (B, H′·W′·C′).</param>
/// <param name="WeightGradient">∂w (C′, k·k·C).</param>
public readonly record struct ConvolutionWeightGradient(
    ConvolutionGeometry Geometry, View<float> X, View<float> G, View<float> WeightGradient) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(X).Source(G).Destination(WeightGradient).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(2 * Geometry.MultiplyAdds * G.Rows, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Geometry.Check();
        Shapes.Require(X.Columns == Geometry.Large.Size);
        Shapes.Require(G.Columns == Geometry.Small.Size);
        Shapes.Require(X.Rows == G.Rows);
        Shapes.Require(WeightGradient.Rows == Geometry.Small.Channels);
        Shapes.Require(WeightGradient.Columns == Geometry.Depth);
        Shapes.RequireApart(X, WeightGradient);
        Shapes.RequireApart(G, WeightGradient);
    }
}
