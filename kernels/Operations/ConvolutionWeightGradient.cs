namespace GpuVae.Kernels;

/// <summary>
/// The gradient of a convolution's weights: ∂w[o, u, v, c] = Σ_{b, i, j} g[b, i, j, o] · x[b, i·s + u − p, j·s + v − p, c]. Of a
/// transposed convolution too, with x and g in each other's place. Summed in an order that does not depend on threads.
/// </summary>
/// <param name="Geometry">Sizes, k, s and p.</param>
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
        ConvolutionShapes.Check(Geometry, X, WeightGradient, G);
        Shapes.RequireApart(X, WeightGradient);
        Shapes.RequireApart(G, WeightGradient);
    }
}

/// <summary>What the three operations on a <see cref="ConvolutionGeometry"/> require alike.</summary>
internal static class ConvolutionShapes
{
    public static void Check(in ConvolutionGeometry geometry, View<float> large, View<float> weight, View<float> small)
    {
        geometry.Check();
        Shapes.Require(large.Columns == geometry.Large.Size);
        Shapes.Require(small.Columns == geometry.Small.Size);
        Shapes.Require(large.Rows == small.Rows);
        Shapes.Require(weight.Rows == geometry.Small.Channels && weight.Columns == geometry.Depth);
    }

    public static void CheckEpilogue(in Epilogue epilogue, View<float> output, int channels)
    {
        Shapes.Require(epilogue.Kind != EpilogueKind.Likelihood);
        Shapes.Require(epilogue.Bias.IsEmpty || epilogue.Bias.Length == channels);
        Shapes.Require(epilogue.Kind != EpilogueKind.Derivative
            || (epilogue.Saved.Rows == output.Rows && epilogue.Saved.Columns == output.Columns));
    }
}
