namespace GpuVae.Kernels;

/// <summary>
/// y = epilogue(largest numbers of windows), each channel by itself:
/// y[b, i, j, c] = max_{u, v} x[b, i·s + u − p, j·s + v − p′, c] over the pixels that there are; NaN where one of them is. The
/// forward pass of max pooling, as <c>torch.nn.MaxPool2d</c> has it.
/// </summary>
/// <param name="Geometry">Sizes, k, s, p and p′; the channels of both maps are the same.</param>
/// <param name="X">(B, H·W·C).</param>
/// <param name="Epilogue">What happens to the largest numbers before they are stored; no likelihood, and no bias.</param>
/// <param name="Y">(B, H′·W′·C), no part of which may be X.</param>
public readonly record struct MaxWindows(ConvolutionGeometry Geometry, View<float> X, Epilogue Epilogue, View<float> Y)
    : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => Epilogue.AddTo(new OperandList().Source(X)).Destination(Y).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(
        (Windows.Terms(Geometry) * Y.Rows) + (Y.Length * Epilogue.FlopsPerElement), Operands);

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
