namespace GpuVae.Kernels;

/// <summary>
/// The input's gradient of <see cref="MaxWindows"/>: ∂x[b, h, l, c] = Σ g[b, i, j, c] over all windows (i, j) whose first largest
/// number, row after row, is at (h, l), as PyTorch has it. The place is found again from x, so that nothing but x is kept of the
/// forward pass, and added up in the order of the windows, which does not depend on threads. In a window with a NaN it is one
/// of its pixels.
/// </summary>
/// <param name="Geometry">Sizes, k, s, p and p′; the channels of both maps are the same.</param>
/// <param name="X">x (B, H·W·C), of the forward pass.</param>
/// <param name="G">g (B, H′·W′·C).</param>
/// <param name="Epilogue">What happens to the sums before they are stored; no likelihood, and no bias.</param>
/// <param name="InputGradient">∂x (B, H·W·C), no part of which may be x or g.</param>
public readonly record struct MaxWindowsGradient(
    ConvolutionGeometry Geometry, View<float> X, View<float> G, Epilogue Epilogue, View<float> InputGradient) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => Epilogue.AddTo(new OperandList().Source(X).Source(G)).Destination(InputGradient).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(
        (2 * Windows.Terms(Geometry) * G.Rows) + (X.Length * Epilogue.FlopsPerElement), Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Windows.Check(Geometry);
        Shapes.Require(X.Columns == Geometry.Large.Size);
        Shapes.Require(G.Columns == Geometry.Small.Size);
        Shapes.Require(X.Rows == G.Rows);
        Shapes.RequireSame(X, InputGradient);
        Windows.CheckEpilogue(Epilogue, InputGradient);
        Shapes.RequireApart(X, InputGradient);
        Shapes.RequireApart(G, InputGradient);
    }
}
