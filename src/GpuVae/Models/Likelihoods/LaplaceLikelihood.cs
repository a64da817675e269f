using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Each pixel has a Laplace distribution about x̂: −log p = Σ |x − x̂|/b + D log 2b. To minimise it at a fixed b is to
/// minimise the absolute error; a learned b is one number, shared by all pixels.
/// </summary>
/// <param name="settings">b; 1 if not given.</param>
public sealed class LaplaceLikelihood(ScaleSettings? settings = null) : ILikelihood
{
    /// <inheritdoc/>
    public Likelihood NegativeLogLikelihood => Likelihood.Laplace;

    /// <inheritdoc/>
    public Activation Mean => Activation.Identity;

    /// <inheritdoc/>
    public LikelihoodScale? Scale { get; } = LikelihoodScale.Of(power: 1, settings ?? new ScaleSettings());

    /// <inheritdoc/>
    public double Constant(int dimensions) => dimensions * Math.Log(2);

    /// <inheritdoc/>
    public double OutputOfMean(double mean) => mean;
}
