namespace GpuVae.Kernels;

/// <summary>
/// The gradient of <see cref="SampleGaussian"/>, sums over the K draws, with
/// w = gradientScale · schedule[step, <see cref="Schedule.DivergenceWeight"/>] times the unit's weight.
/// <see cref="Covariance.Diagonal"/>: ∂μ = Σ ∂z + wμ and ∂s = ½ e^(s/2) Σ ε ∂z + ½ w (e^s − 1); in the
/// <see cref="DivergenceForm.Sampled"/> form ∂μ = Σ ∂z and ∂s = ½ e^(s/2) Σ ε ∂z − ½ w. Zero for a clamped s.
/// <see cref="Covariance.Full"/>: ∂μⱼ = Σ ∂zⱼ + wⱼμⱼ, ∂dⱼ = e^dⱼ Σ εⱼ ∂zⱼ + wⱼ (e^2dⱼ − 1) and ∂Lⱼᵢ = Σ εᵢ ∂zⱼ + wⱼLⱼᵢ; in
/// the sampled form nothing of w is left but −wⱼ in ∂dⱼ. Zero for a clamped d.
/// </summary>
/// <param name="Covariance">As given to <see cref="SampleGaussian"/>.</param>
/// <param name="Posterior">(B, 2k) or (B, 2k + k(k − 1)/2) as given to it.</param>
/// <param name="Epsilon">(B·K, k) as it left it.</param>
/// <param name="ZGradient">(B·K, k) ∂L/∂z, already scaled.</param>
/// <param name="Schedule">(steps, <see cref="Schedule.Columns"/>).</param>
/// <param name="Counters">(1, <see cref="Counter.Count"/>).</param>
/// <param name="GradientScale">1/B for a mean over the batch.</param>
/// <param name="Divergence">How KL enters.</param>
/// <param name="PosteriorGradient">The shape of the posterior.</param>
public readonly record struct SampleGaussianGradient(
    Covariance Covariance, View<float> Posterior, View<float> Epsilon, View<float> ZGradient, View<float> Schedule,
    View<int> Counters, float GradientScale, DivergenceGradient Divergence, View<float> PosteriorGradient) : IOperation
{
    /// <summary>K, draws of each image.</summary>
    public int Draws => Shapes.Draws(Posterior.Rows, ZGradient.Rows);

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Posterior).Source(Epsilon).Source(ZGradient).Source(Schedule).Source(Counters)
            .Source(Divergence.UnitWeights).Destination(PosteriorGradient).ToList();

    /// <inheritdoc/>
    public OperationCost Cost =>
        OperandList.Cost(
            (8.0 * Posterior.Length) + (ZGradient.Length * (4.0 + (Covariance == Covariance.Full ? ZGradient.Columns : 0))),
            Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequirePosterior(Posterior, Covariance, ZGradient.Columns);
        Shapes.RequireSame(Epsilon, ZGradient);
        Shapes.RequireSame(PosteriorGradient, Posterior);
        Shapes.Require(Divergence.UnitWeights.IsEmpty || Divergence.UnitWeights.Length == ZGradient.Columns);
        Shapes.Require(Shapes.AreDraws(Posterior.Rows, ZGradient.Rows));
        Shapes.RequireSchedule(Schedule);
        Shapes.RequireCounters(Counters);
    }
}
