using System.Globalization;
using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// −ELBO: w = β. At β = 1 it bounds −log p(x) from above (Kingma and Welling 2014, equation 3); above 1 codes are more
/// regular and reconstructions worse (Higgins and others 2017, equation 4). −log p(x | z) is the mean over K draws. β may
/// rise linearly from 0 over the first steps (Sønderby and others 2016, section 3.1), and λ nats of each unit's KL may be
/// free: Σⱼ max(λ, KLⱼ), KLⱼ the mean over the batch (Kingma and others 2016, appendix C.8). KL is taken exactly (Kingma and
/// Welling 2014, equation 7), or as the mean of log q(z | x) − log p(z) over the same K draws (equation 6).
/// </summary>
/// <param name="settings">β, K, the form of KL, λ and the steps of the rise.</param>
public sealed class EvidenceLowerBound(ObjectiveSettings settings) : IObjective
{
    /// <summary>With one draw, no warm-up and no free bits.</summary>
    public EvidenceLowerBound(double beta)
        : this(new ObjectiveSettings(beta))
    {
    }

    /// <inheritdoc/>
    public bool UsesPrior => true;

    /// <inheritdoc/>
    public bool TakesWeight => true;

    /// <inheritdoc/>
    public int Samples => settings.Samples;

    /// <inheritdoc/>
    public string Description => string.Create(
        CultureInfo.InvariantCulture,
        $" with β = {settings.Beta}{(settings.WarmUpSteps > 0 ? $" from step {settings.WarmUpSteps} on" : "")}"
        + $"{(IsSampled ? ", sampled KL" : "")}"
        + $"{(settings.Samples > 1 ? $", {settings.Samples} samples" : "")}"
        + $"{(settings.FreeNats > 0 ? $", {settings.FreeNats} free nats a unit" : "")}");

    private bool IsSampled => settings.Divergence == DivergenceForm.Sampled;

    /// <inheritdoc/>
    public double DivergenceWeight(long globalStep) =>
        globalStep >= settings.WarmUpSteps ? settings.Beta : settings.Beta * globalStep / settings.WarmUpSteps;

    /// <inheritdoc/>
    public double Loss(double reconstruction, double divergence, double own, double weight)
    {
        // own is the mean of log w: −reconstruction − KL, both at the draws.
        if (IsSampled)
            return ((1 - weight) * reconstruction) - (weight * own);
        return reconstruction + (weight * (settings.FreeNats > 0 ? own : divergence));
    }

    /// <inheritdoc/>
    public IObjectiveTerm? Prepare(IDevice backend, PosteriorCode? code, int images)
    {
        if (code is null)
            return null;
        if (IsSampled)
            return new SampledDivergenceTerm(backend, code, images, settings.Samples, settings.Beta);
        return settings.FreeNats > 0 || settings.Samples > 1
            ? new FreeBitsTerm(backend, code, settings.Samples, settings.FreeNats)
            : null;
    }
}
