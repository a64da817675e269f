namespace GpuVae.Kernels;

/// <summary>
/// x = epilogue(wᵀ ∗ y), the adjoint of <see cref="Convolve"/>:
/// x[b, h, l, c] = Σ w[o, u, v, c] · y[b, i, j, o] over all i·s + u − p = h and j·s + v − p′ = l. The forward pass of a transposed
/// convolution, and the input's gradient of a convolution.
/// </summary>
/// <param name="Geometry">Sizes, k, s, p and p′.</param>
/// <param name="Y">(B, H′·W′·C′).</param>
/// <param name="Weight">w (C′, k·k·C).</param>
/// <param name="Epilogue">What happens to the sums (B·H·W, C) before they are stored; no likelihood.</param>
/// <param name="X">(B, H·W·C), no part of which may be Y or the weights; may be what a derivative is taken of.</param>
public readonly record struct ConvolveTransposed(
    ConvolutionGeometry Geometry, View<float> Y, View<float> Weight, Epilogue Epilogue, View<float> X) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        Epilogue.AddTo(new OperandList().Source(Y).Source(Weight)).Destination(X).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(
        (2 * Geometry.MultiplyAdds * Y.Rows) + (X.Length * Epilogue.FlopsPerElement), Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Geometry.Check();
        Shapes.Require(X.Columns == Geometry.Large.Size);
        Shapes.Require(Y.Columns == Geometry.Small.Size);
        Shapes.Require(X.Rows == Y.Rows);
        Shapes.Require(Weight.Rows == Geometry.Small.Channels);
        Shapes.Require(Weight.Columns == Geometry.Depth);
        ConvolutionGeometry.CheckEpilogue(Epilogue, X, Geometry.Large.Channels);
        Shapes.RequireApart(Y, X);
        Shapes.RequireApart(Weight, X);
    }
}
