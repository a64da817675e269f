namespace GpuVae.Kernels;

/// <summary>
/// Draws from the posterior q(z | x) = N(μ, LLᵀ) by reparameterisation, z = μ + Lε with ε ~ N(0, I), and gives its
/// divergence from the prior N(0, I) (Kingma and Welling 2014, equations 4 and 10; 2019, section 2.5.1 for full
/// covariances).
/// <see cref="Covariance.Diagonal"/>, with s = log σ² clamped to ±<see cref="GaussianCode.LogVarianceLimit"/>:
/// z = μ + e^(s/2) ε and KL = ½ Σⱼ (μⱼ² + e^sⱼ − 1 − sⱼ).
/// <see cref="Covariance.Full"/>, with d = log Lⱼⱼ clamped to ±<see cref="GaussianCode.LogDeviationLimit"/>:
/// KL = ½ (Σ_{j ≥ i} Lⱼᵢ² + μᵀμ − k) − Σⱼ dⱼ.
/// </summary>
/// <param name="Covariance">What L is made of.</param>
/// <param name="Posterior">(B, 2k) or (B, 2k + k(k − 1)/2), as <see cref="Kernels.Covariance"/> says.</param>
/// <param name="Counters">(1, <see cref="Counter.Count"/>); the noise is a function of the global step.</param>
/// <param name="Noise">Where ε comes from; element i·k + j is unit j of row i of z.</param>
/// <param name="Epsilon">(B·K, k) ε ~ N(0, 1), kept for the gradient.</param>
/// <param name="Z">(B·K, k), the K draws of image b from row b·K on.</param>
/// <param name="Divergence">(1, B): KL(q(z | x) ‖ N(0, I)) in nats.</param>
public readonly record struct SampleGaussian(
    Covariance Covariance, View<float> Posterior, View<int> Counters, RandomSource Noise,
    View<float> Epsilon, View<float> Z, View<float> Divergence) : IOperation
{
    /// <summary>K, draws of each image.</summary>
    public int Draws => Shapes.Draws(Posterior.Rows, Z.Rows);

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Posterior).Source(Counters).Destination(Epsilon).Destination(Z).Destination(Divergence)
            .ToList();

    /// <inheritdoc/>
    public OperationCost Cost =>
        OperandList.Cost(
            (8.0 * Posterior.Length) + (Z.Length * (16.0 + (Covariance == Covariance.Full ? Z.Columns : 2))), Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequirePosterior(Posterior, Covariance, Z.Columns);
        Shapes.RequireSame(Epsilon, Z);
        Shapes.Require(Divergence.Length == Posterior.Rows);
        Shapes.Require(Shapes.AreDraws(Posterior.Rows, Z.Rows));
        Shapes.RequireCounters(Counters);
    }
}
