using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Each pixel is a coin with probability σ(ℓ): −log p = Σ max(ℓ, 0) − ℓx + log(1 + e^−|ℓ|) (Kingma and Welling 2014,
/// appendix C.1). Exact for binary pixels; for grey ones it is common practice, not a density.
/// </summary>
public sealed class BernoulliLikelihood : ILikelihood
{
    /// <inheritdoc/>
    public Likelihood NegativeLogLikelihood => Likelihood.Bernoulli;

    /// <inheritdoc/>
    public Activation Mean => Activation.Sigmoid;

    /// <inheritdoc/>
    public double Constant(int dimensions) => 0;

    /// <summary>The logit of the mean, which is clipped to [0.001, 0.999]: pixels that are never on have one too.</summary>
    public double OutputOfMean(double mean)
    {
        double clipped = Math.Clamp(mean, 1e-3, 1 - 1e-3);
        return Math.Log(clipped / (1 - clipped));
    }
}
