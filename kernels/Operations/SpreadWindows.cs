namespace GpuVae.Kernels;

/// <summary>
/// x = epilogue(scale · what the windows of a pixel hold), each channel by itself:
/// x[b, h, l, c] = scale · Σ y[b, i, j, c] over all windows (i, j) that pixel (h, l) is in. The adjoint of
/// <see cref="SumWindows"/>: with scale 1/k² the input's gradient of average pooling; with k = s and scale 1 the forward pass of
/// upsampling by repetition, as <c>torch.nn.Upsample</c> has it in mode <c>nearest</c>.
/// </summary>
/// <param name="Geometry">Sizes, k, s, p and p′; the channels of both maps are the same.</param>
/// <param name="ReachesEdge">Whether the last window of a side has all pixels up to the edge of the large map.</param>
/// <param name="Scale">scale.</param>
/// <param name="Y">(B, H′·W′·C).</param>
/// <param name="Epilogue">What happens to the sums before they are stored; no likelihood, and no bias.</param>
/// <param name="X">(B, H·W·C), no part of which may be Y; 0 before the epilogue where a pixel is in no window.</param>
public readonly record struct SpreadWindows(
    ConvolutionGeometry Geometry, bool ReachesEdge, float Scale, View<float> Y, Epilogue Epilogue, View<float> X) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => Epilogue.AddTo(new OperandList().Source(Y)).Destination(X).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(
        (Windows.Terms(Geometry) * Y.Rows) + (X.Length * (1 + Epilogue.FlopsPerElement)), Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Windows.Check(Geometry);
        Shapes.Require(X.Columns == Geometry.Large.Size);
        Shapes.Require(Y.Columns == Geometry.Small.Size);
        Shapes.Require(X.Rows == Y.Rows);
        Windows.CheckEpilogue(Epilogue, X);
        Shapes.RequireApart(Y, X);
    }
}
