namespace GpuVae.Kernels;

/// <summary>
/// y = epilogue(scale · sums of windows), each channel by itself:
/// y[b, i, j, c] = scale · Σ_{u, v} x[b, i·s + u − p, j·s + v − p′, c] over the pixels that there are. With scale 1/k² the forward
/// pass of average pooling (LeCun et al. 1989), as <c>torch.nn.AvgPool2d</c> has it; with k = s the input's gradient of
/// upsampling by repetition. Its adjoint is <see cref="SpreadWindows"/>.
/// </summary>
/// <param name="Geometry">Sizes, k, s, p and p′; the channels of both maps are the same.</param>
/// <param name="ReachesEdge">Whether the last window of a side has all pixels up to the edge of the large map.</param>
/// <param name="Scale">scale.</param>
/// <param name="X">(B, H·W·C).</param>
/// <param name="Epilogue">What happens to the sums before they are stored; no likelihood, and no bias.</param>
/// <param name="Y">(B, H′·W′·C), no part of which may be X.</param>
public readonly record struct SumWindows(
    ConvolutionGeometry Geometry, bool ReachesEdge, float Scale, View<float> X, Epilogue Epilogue, View<float> Y) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => Epilogue.AddTo(new OperandList().Source(X)).Destination(Y).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(
        (Windows.Terms(Geometry) * Y.Rows) + (Y.Length * (1 + Epilogue.FlopsPerElement)), Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Windows.Check(Geometry);
        Shapes.Require(X.Columns == Geometry.Large.Size);
        Shapes.Require(Y.Columns == Geometry.Small.Size);
        Shapes.Require(X.Rows == Y.Rows);
        Windows.CheckEpilogue(Epilogue, Y);
        Shapes.RequireApart(X, Y);
    }
}
