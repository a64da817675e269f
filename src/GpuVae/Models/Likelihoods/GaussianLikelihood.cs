using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// p(x | z) = N(x̂, I): −log p = ½ Σ (x − x̂)² + D/2 · log 2π (Kingma and Welling 2014, appendix C.2, at σ = 1). To
/// minimise it is to minimise the squared error.
/// </summary>
public sealed class GaussianLikelihood : ILikelihood
{
    /// <inheritdoc/>
    public Likelihood NegativeLogLikelihood => Likelihood.Gaussian;

    /// <inheritdoc/>
    public Activation Mean => Activation.Identity;

    /// <inheritdoc/>
    public double Constant(int dimensions) => 0.5 * dimensions * Math.Log(2 * Math.PI);

    /// <inheritdoc/>
    public double OutputOfMean(double mean) => mean;
}
