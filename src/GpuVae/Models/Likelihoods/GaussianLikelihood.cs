using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// p(x | z) = N(x̂, σ²I): −log p = ½ Σ ((x − x̂)/σ)² + D log σ + D/2 · log 2π (Kingma and Welling 2014, appendix C.2). To
/// minimise it at a fixed σ is to minimise the squared error; a learned σ is one number, shared by all pixels.
/// </summary>
/// <param name="settings">σ; 1 if not given.</param>
public sealed class GaussianLikelihood(ScaleSettings? settings = null) : ILikelihood
{
    /// <inheritdoc/>
    public Likelihood NegativeLogLikelihood => Likelihood.Gaussian;

    /// <inheritdoc/>
    public Activation Mean => Activation.Identity;

    /// <inheritdoc/>
    public LikelihoodScale? Scale { get; } = LikelihoodScale.Of(power: 2, settings ?? new ScaleSettings());

    /// <inheritdoc/>
    public double Constant(int dimensions) => 0.5 * dimensions * Math.Log(2 * Math.PI);

    /// <inheritdoc/>
    public double OutputOfMean(double mean) => mean;
}
