namespace GpuVae.Kernels;

/// <summary>
/// log w = log p(x | z) + log p(z) − log q(z | x) of each draw (Burda, Grosse and Salakhutdinov 2016, equation 8).
/// With z = μ + Lε the last two are ½ Σⱼ (εⱼ² − zⱼ²) + log det L: no difference of large numbers is taken.
/// </summary>
/// <param name="Posterior">(B, 2k) or (B, 2k + k(k − 1)/2), as drawn from.</param>
/// <param name="Covariance">How it holds Σ.</param>
/// <param name="Epsilon">(B·K, k).</param>
/// <param name="Z">(B·K, k).</param>
/// <param name="Reconstruction">(1, B·K): −log p(x | z).</param>
/// <param name="Weights">log w (B, K).</param>
public readonly record struct LogWeights(
    View<float> Posterior, Covariance Covariance, View<float> Epsilon, View<float> Z, View<float> Reconstruction,
    View<float> Weights) : IOperation
{
    /// <summary>K, draws of each image.</summary>
    public int Draws => Shapes.Draws(Posterior.Rows, Z.Rows);

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Posterior).Source(Epsilon).Source(Z).Source(Reconstruction).Destination(Weights).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(5.0 * Z.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequirePosterior(Posterior, Covariance, Z.Columns);
        Shapes.RequireSame(Epsilon, Z);
        Shapes.Require(Reconstruction.Length == Z.Rows);
        Shapes.Require(Weights.Length == Z.Rows && Weights.Rows == Posterior.Rows);
        Shapes.Require(Shapes.AreDraws(Posterior.Rows, Z.Rows));
    }
}
