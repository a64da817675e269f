using System.CommandLine;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>Where the parameters start, and how each step moves them.</summary>
internal sealed class OptimizerOptions : TrainOptionGroup
{
    private readonly Option<string?> _initializer = OptionValue.Text(
        "--initializer", Names(Choices.Initializers.Keys),
        "How parameters are drawn before the first step: weights and biases from ±1/√inputs, as PyTorch does it " +
        "(torch), or weights from ±√(6/(inputs + outputs)) with biases of 0 (glorot). Default: " +
        $"{Defaults.Initializer}.");

    private readonly Option<string?> _outputBias = OptionValue.Text(
        "--output-bias", Names(Choices.OutputBiases.Keys),
        "Where the decoder's last bias starts: as the initializer draws it, at 0, or where its picture is the mean " +
        "training image (for bernoulli, the logit of the mean clipped to 0.001…0.999). Default: " +
        $"{Defaults.OutputBias}.");

    private readonly Option<double?> _learningRate = OptionValue.Real(
        "--learning-rate", $"Adam's step size, above 0. Default: {Text(Defaults.LearningRate)}.");

    private readonly Option<string?> _schedule = OptionValue.Text(
        "--schedule", Names(LearningRateSchedules.All.Keys),
        "How the learning rate changes: not at all, at the epochs of --rate-steps, or along half a cosine that " +
        $"ends at --final-learning-rate, over all epochs. Default: {Defaults.Schedule}.");

    private readonly Option<RateStep[]?> _rateSteps = RateStepsOption.Create(
        "--rate-steps",
        "For --schedule steps: the learning rate from an epoch on, as in 5:5e-4,9:1e-4; before the first of them it " +
        "is --learning-rate. Default: none.");

    private readonly Option<double?> _finalLearningRate = OptionValue.Real(
        "--final-learning-rate",
        $"For --schedule cosine: the learning rate at the end. Default: {Text(Defaults.FinalLearningRate)}.");

    private readonly Option<double?> _beta1 = OptionValue.Real(
        "--adam-beta1", $"Adam's decay of the mean gradient, from 0 to below 1. Default: {Text(Defaults.AdamBeta1)}.");

    private readonly Option<double?> _beta2 = OptionValue.Real(
        "--adam-beta2",
        $"Adam's decay of the mean squared gradient, from 0 to below 1. Default: {Text(Defaults.AdamBeta2)}.");

    private readonly Option<double?> _epsilon = OptionValue.Real(
        "--adam-epsilon",
        "Added to the root of the mean squared gradient before a step is divided by it, above 0. Default: " +
        $"{Text(Defaults.AdamEpsilon)}.");

    private readonly Option<double?> _weightDecay = OptionValue.Real(
        "--weight-decay",
        "Takes this part, times the learning rate, from each weight in a step, apart from Adam's moments as AdamW does; " +
        $"biases are left alone. Default: {Text(Defaults.WeightDecay)}.");

    private readonly Option<double?> _clipNorm = OptionValue.Real(
        "--clip-norm",
        "Shortens the gradient of all parameters to this length where it is longer; 0 never does. Default: " +
        $"{Text(Defaults.ClipNorm)}.");

    /// <inheritdoc/>
    public override OptionGroup Group => new(
        "Optimizer",
        [
            _initializer, _outputBias, _learningRate, _schedule, _rateSteps, _finalLearningRate, _beta1, _beta2, _epsilon,
            _weightDecay, _clipNorm,
        ]);

    /// <inheritdoc/>
    public override RunConfiguration Apply(ParseResult line, RunConfiguration configuration) => configuration with
    {
        Initializer = line.GetValue(_initializer) ?? configuration.Initializer,
        OutputBias = line.GetValue(_outputBias) ?? configuration.OutputBias,
        LearningRate = line.GetValue(_learningRate) ?? configuration.LearningRate,
        Schedule = line.GetValue(_schedule) ?? configuration.Schedule,
        RateSteps = line.GetResult(_rateSteps) is null ? configuration.RateSteps : line.GetRequiredValue(_rateSteps)!,
        FinalLearningRate = line.GetValue(_finalLearningRate) ?? configuration.FinalLearningRate,
        AdamBeta1 = line.GetValue(_beta1) ?? configuration.AdamBeta1,
        AdamBeta2 = line.GetValue(_beta2) ?? configuration.AdamBeta2,
        WeightDecay = line.GetValue(_weightDecay) ?? configuration.WeightDecay,
        ClipNorm = line.GetValue(_clipNorm) ?? configuration.ClipNorm,
        AdamEpsilon = line.GetValue(_epsilon) ?? configuration.AdamEpsilon,
    };
}
