namespace GpuVae.Kernels;

/// <summary>
/// y = epilogue(w ∗ x): y[b, i, j, o] = Σ_{u, v, c} w[o, u, v, c] · x[b, i·s + u − p, j·s + v − p′, c] over the pixels that there
/// are (Dumoulin and Visin 2016). The forward pass of a convolution, and the input's gradient of a transposed one.
/// </summary>
/// <param name="Geometry">Sizes, k, s, p and p′.</param>
/// <param name="X">(B, H·W·C).</param>
/// <param name="Weight">w (C′, k·k·C).</param>
/// <param name="Epilogue">What happens to the sums (B·H′·W′, C′) before they are stored; no likelihood.</param>
/// <param name="Y">(B, H′·W′·C′), no part of which may be X or the weights; may be what a derivative is taken of.</param>
public readonly record struct Convolve(
    ConvolutionGeometry Geometry, View<float> X, View<float> Weight, Epilogue Epilogue, View<float> Y) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        Epilogue.AddTo(new OperandList().Source(X).Source(Weight)).Destination(Y).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(
        (2 * Geometry.MultiplyAdds * Y.Rows) + (Y.Length * Epilogue.FlopsPerElement), Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Geometry.Check();
        Shapes.Require(X.Columns == Geometry.Large.Size);
        Shapes.Require(Y.Columns == Geometry.Small.Size);
        Shapes.Require(X.Rows == Y.Rows);
        Shapes.Require(Weight.Rows == Geometry.Small.Channels);
        Shapes.Require(Weight.Columns == Geometry.Depth);
        ConvolutionGeometry.CheckEpilogue(Epilogue, Y, Geometry.Small.Channels);
        Shapes.RequireApart(X, Y);
        Shapes.RequireApart(Weight, Y);
    }
}
