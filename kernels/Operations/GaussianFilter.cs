namespace GpuVae.Kernels;

/// <summary>
/// y = F x, each channel of each map by itself: means of windows of 11 × 11 pixels with the weights of a Gaussian,
/// y[b, h, l, c] = Σ_{u, v} g(u) g(v) x[b, h + u, l + v, c] with u and v from −5 to 5, g(u) ∝ exp(−u² / 2σ²) and Σ g = 1. What lies
/// outside the map is 0, so that maps keep their size and F is symmetric: it is its own adjoint.
/// </summary>
/// <param name="Map">(H, W, C), a map.</param>
/// <param name="Sigma">σ in pixels, above 0; 1.5 in structural similarity.</param>
/// <param name="X">(B, H·W·C).</param>
/// <param name="Y">(B, H·W·C), no part of which may be X.</param>
public readonly record struct GaussianFilter(Shape Map, float Sigma, View<float> X, View<float> Y) : IOperation
{
    /// <summary>Pixels on each side of a window's middle.</summary>
    public const int Reach = 5;

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => new OperandList().Source(X).Destination(Y).ToList();

    /// <summary>Of both directions, one after the other.</summary>
    public OperationCost Cost => OperandList.Cost(4.0 * ((2 * Reach) + 1) * Y.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(float.IsFinite(Sigma) && Sigma > 0);
        Shapes.Require(Map.Height >= 1 && Map.Width >= 1 && Map.Channels >= 1);
        Shapes.Require(X.Columns == Map.Size);
        Shapes.RequireSame(X, Y);
        Shapes.RequireApart(X, Y);
    }

    /// <summary>g(0) … g(5).</summary>
    /// <param name="weights"><see cref="Reach"/> + 1 of them, to be filled.</param>
    internal void FillWeights(Span<float> weights)
    {
        double sum = 0;
        for (int u = 0; u <= Reach; u++)
            sum += (u == 0 ? 1 : 2) * Bell(u);
        for (int u = 0; u <= Reach; u++)
            weights[u] = (float)(Bell(u) / sum);
    }

    private double Bell(int u) => Math.Exp(-u * u / (2.0 * Sigma * Sigma));
}
