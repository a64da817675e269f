using System.CommandLine;
using GpuVae.Models;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>What is minimised.</summary>
internal sealed class ObjectiveOptions : TrainOptionGroup
{
    private readonly Option<string?> _objective = OptionValue.Text(
        "--objective", Names(Choices.Objectives.Keys),
        "What is minimised: the reconstruction loss alone, or with the KL divergence from the prior (elbo). " +
        "Default: the preset's.");

    private readonly Option<double?> _beta = OptionValue.Real(
        "--beta",
        "Weight of the KL divergence in elbo, from 0; above 1 codes are more regular and pictures blurrier. Default: " +
        $"{Text(Defaults.Beta)}.");

    /// <inheritdoc/>
    public override OptionGroup Group => new("Objective", [_objective, _beta]);

    /// <inheritdoc/>
    public override RunConfiguration Apply(ParseResult line, RunConfiguration configuration) => configuration with
    {
        Objective = line.GetValue(_objective) ?? configuration.Objective,
        Beta = line.GetValue(_beta) ?? configuration.Beta,
    };
}
