namespace GpuVae.Models;

/// <summary>
/// −ELBO with one draw from the posterior: w = β. At β = 1 it bounds −log p(x) from above (Kingma and Welling 2014,
/// equation 3); above 1 codes are more regular and reconstructions worse (Higgins and others 2017, equation 4).
/// </summary>
/// <param name="beta">β ≥ 0.</param>
public sealed class EvidenceLowerBound(double beta) : IObjective
{
    /// <inheritdoc/>
    public bool UsesPrior => true;

    /// <inheritdoc/>
    public double DivergenceWeight(long globalStep) => beta;
}
