using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <content>The numbers of codes and objectives.</content>
public sealed partial record RunConfiguration
{
    /// <summary>K, draws of each image's code in a step and in an epoch's test.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>How the ELBO's divergence is estimated: a key of <see cref="Choices.Divergences"/>.</summary>
    public string Divergence { get; init; } = "exact";

    /// <summary>Epochs over which β rises from 0; 0 for none.</summary>
    public double WarmUp { get; init; }

    /// <summary>λ, the nats of each unit's KL that cost nothing.</summary>
    public double FreeBits { get; init; }

    /// <summary>Standard deviation of the noise that a binary code adds while it trains.</summary>
    public double CodeNoise { get; init; } = 12;

    /// <summary>The weight that KL has in the end: β, or 0 for an objective without a prior. Follows from the others.</summary>
    public double EffectiveBeta => CreateObjective().DivergenceWeight(globalStep: 0);

    /// <summary>What is minimised.</summary>
    /// <param name="stepsPerEpoch">For a β that rises over epochs; without it β has risen.</param>
    public IObjective CreateObjective(int stepsPerEpoch = 0) =>
        Choices.Find("--objective", Objective, Choices.Objectives)(
            new ObjectiveSettings(
                Beta, Samples, FreeBits, (long)Math.Ceiling(WarmUp * stepsPerEpoch),
                Choices.Find("--divergence", Divergence, Choices.Divergences)));

    /// <summary>What the encoder's outputs mean.</summary>
    internal ICode CreateCode() =>
        Choices.Find("--code", Code, Choices.Codes)(new CodeSettings(Latent, CodeNoise));

    private void ValidateObjective()
    {
        IObjective objective = CreateObjective();
        Choices.RequireDivergence(objective, CreateCode(), Objective);
        RequirePositive("--samples", Samples, "a code is drawn at least once");
        if (!double.IsFinite(Beta) || Beta < 0)
            throw Refuse("--beta", Beta, "must be a finite number, 0 or above; 1 is the ELBO");
        if (!double.IsFinite(WarmUp) || WarmUp < 0)
            throw Refuse("--warm-up", WarmUp, "must be a finite number of epochs, 0 or above");
        if (!double.IsFinite(FreeBits) || FreeBits < 0)
            throw Refuse("--free-bits", FreeBits, "must be a finite number of nats, 0 or above");
        if (!double.IsFinite(CodeNoise) || CodeNoise < 0)
            throw Refuse("--code-noise", CodeNoise, "must be a finite number, 0 or above");
        if (!objective.UsesPrior && Samples != 1)
            throw Refuse("--samples", Samples, $"--objective {Objective} has one draw; use elbo or iwae");
        if (!objective.TakesWeight && (Beta != 1 || WarmUp != 0 || FreeBits != 0) && objective.UsesPrior)
        {
            throw new UserException(
                $"--beta, --warm-up, --free-bits: --objective {Objective} is a bound that gives KL no weight of its own; "
                + "use elbo");
        }
        bool isSampled = Choices.Divergences[Divergence] == DivergenceForm.Sampled;
        if (isSampled && !objective.TakesWeight)
            throw Refuse("--divergence", Divergence, $"--objective {Objective} has no KL to estimate; use elbo");
        // A weight of KL that changes from step to step, or from unit to unit, is known only to the exact one's gradient.
        if (isSampled && (WarmUp != 0 || FreeBits != 0))
            throw Refuse("--divergence", Divergence, "--warm-up and --free-bits go with exact KL; leave them out");
    }
}
