using System.CommandLine;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>What is minimised.</summary>
internal sealed class ObjectiveOptions : TrainOptionGroup
{
    private readonly Option<string?> _objective = OptionValue.Text(
        "--objective", Names(Choices.Objectives.Keys),
        "What is minimised: the reconstruction loss alone, with the KL divergence from the prior (elbo), or the tighter " +
        "bound of many weighted draws (iwae). Default: the preset's.");

    private readonly Option<double?> _beta = OptionValue.Real(
        "--beta",
        "Weight of the KL divergence in elbo, from 0; above 1 codes are more regular and pictures blurrier. Default: " +
        $"{Text(Defaults.Beta)}.");

    private readonly Option<int?> _samples = OptionValue.Whole(
        "--samples",
        "Draws of each image's code in a step: elbo takes their mean, iwae the logarithm of their mean weight. Default: " +
        $"{Defaults.Samples}.");

    private readonly Option<string?> _divergence = OptionValue.Text(
        "--divergence", Names(Choices.Divergences.Keys),
        "How elbo takes the KL divergence: in closed form (exact), or as the mean of log q − log p over the draws " +
        $"(sampled), as VAEs are trained that are compared with iwae. Default: {Defaults.Divergence}.");

    private readonly Option<double?> _warmUp = OptionValue.Real(
        "--warm-up", $"Epochs over which elbo's weight of KL rises from 0. Default: {Text(Defaults.WarmUp)}.");

    private readonly Option<double?> _freeBits = OptionValue.Real(
        "--free-bits",
        "Nats of KL that each unit of the code has for nothing in elbo, the mean over a batch; against codes that carry " +
        $"nothing. Default: {Text(Defaults.FreeBits)}.");

    /// <inheritdoc/>
    public override OptionGroup Group => new("Objective", [_objective, _beta, _samples, _divergence, _warmUp, _freeBits]);

    /// <inheritdoc/>
    public override RunConfiguration Apply(ParseResult line, RunConfiguration configuration) => configuration with
    {
        Objective = line.GetValue(_objective) ?? configuration.Objective,
        Beta = line.GetValue(_beta) ?? configuration.Beta,
        Samples = line.GetValue(_samples) ?? configuration.Samples,
        Divergence = line.GetValue(_divergence) ?? configuration.Divergence,
        WarmUp = line.GetValue(_warmUp) ?? configuration.WarmUp,
        FreeBits = line.GetValue(_freeBits) ?? configuration.FreeBits,
    };
}
