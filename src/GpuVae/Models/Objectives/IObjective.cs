namespace GpuVae.Models;

/// <summary>The fifth choice: what is minimised, −log p(x | z) + w · KL(q(z | x) ‖ p(z)), by its w.</summary>
public interface IObjective
{
    /// <summary>
    /// True if training draws q(z | x) towards the prior p(z) = N(0, I): only then does the decoder know what to
    /// make of a z from the prior, and the code must have a divergence.
    /// </summary>
    bool UsesPrior { get; }

    /// <summary>w at a step.</summary>
    /// <param name="globalStep">Steps done since the start of training.</param>
    double DivergenceWeight(long globalStep);
}
