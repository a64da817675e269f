using System.CommandLine;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>How each step moves the parameters.</summary>
internal sealed class OptimizerOptions : TrainOptionGroup
{
    private readonly Option<double?> _learningRate = OptionValue.Real(
        "--learning-rate", $"Adam's step size, above 0. Default: {Text(Defaults.LearningRate)}.");

    /// <inheritdoc/>
    public override OptionGroup Group => new("Optimizer", [_learningRate]);

    /// <inheritdoc/>
    public override RunConfiguration Apply(ParseResult line, RunConfiguration configuration) => configuration with
    {
        LearningRate = line.GetValue(_learningRate) ?? configuration.LearningRate,
    };
}
