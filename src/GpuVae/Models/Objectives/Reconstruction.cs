namespace GpuVae.Models;

/// <summary>The plain autoencoder's objective: −log p(x | z) alone, w = 0.</summary>
public sealed class Reconstruction : IObjective
{
    /// <inheritdoc/>
    public bool UsesPrior => false;

    /// <inheritdoc/>
    public bool TakesTerms => true;

    /// <inheritdoc/>
    public double DivergenceWeight(long globalStep) => 0;
}
