using System.CommandLine;
using System.Globalization;
using GpuVae.Models;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>The options of <c>train</c>, and the configuration that they and the preset make together.</summary>
internal sealed class TrainOptions
{
    private static readonly RunConfiguration Defaults = new();

    private readonly Option<string?> _data = OptionValue.Text(
        "--data", "DIR",
        "Folder of IDX files, plain or gzip, named as MNIST's are; images of any size. Default: MNIST, which comes along.");

    private readonly Option<int?> _limit = OptionValue.Whole(
        "--limit", "Uses only the first N training images. Default: all.");

    private readonly Option<string?> _preset = OptionValue.Text(
        "--preset", Names(Preset.All.Select(preset => preset.Name)),
        "Which choices below to start from: " +
        string.Join("; ", Preset.All.Select(preset =>
            $"{preset.Name} = {preset.Summary} ({preset.Code}, {preset.Likelihood}, {preset.Objective})")) +
        $". An option that is given wins over its preset. Default: {Defaults.Preset}.");

    private readonly Option<int[]?> _hidden = OptionValue.List(
        "--hidden",
        "Units of each hidden layer of the encoder; the decoder mirrors them. Default: " +
        $"{string.Join(',', Defaults.Hidden)}.");

    private readonly Option<string?> _activation = OptionValue.Text(
        "--activation", Names(Choices.Activations.Keys),
        $"What follows each hidden layer. Default: {Defaults.Activation}.");

    private readonly Option<int?> _latent = OptionValue.Whole(
        "--latent",
        $"Numbers in a code. With 2 there are also pictures of the whole plane of codes. Default: {Defaults.Latent}.");

    private readonly Option<string?> _code = OptionValue.Text(
        "--code", Names(Choices.Codes.Keys),
        "What the encoder gives: the code itself (point), or a mean and a variance for each unit to draw it from " +
        "(diagonal). Default: the preset's.");

    private readonly Option<string?> _likelihood = OptionValue.Text(
        "--likelihood", Names(Choices.Likelihoods.Keys),
        "What the decoder gives: the probability that a pixel is on (bernoulli), or its mean with a variance of 1, " +
        "which is squared error (gaussian). Default: the preset's.");

    private readonly Option<string?> _objective = OptionValue.Text(
        "--objective", Names(Choices.Objectives.Keys),
        "What is minimised: the reconstruction loss alone, or with the KL divergence from the prior (elbo). " +
        "Default: the preset's.");

    private readonly Option<double?> _beta = OptionValue.Real(
        "--beta",
        "Weight of the KL divergence in elbo, from 0; above 1 codes are more regular and pictures blurrier. Default: " +
        $"{Text(Defaults.Beta)}.");

    private readonly Option<int?> _epochs = OptionValue.Whole(
        "--epochs", $"Times that training sees every image. Default: {Defaults.Epochs}.");

    private readonly Option<int?> _batch = OptionValue.Whole(
        "--batch", $"Images in a step. Default: {Defaults.Batch}.");

    private readonly Option<double?> _learningRate = OptionValue.Real(
        "--learning-rate", $"Adam's step size, above 0. Default: {Text(Defaults.LearningRate)}.");

    private readonly Option<ulong?> _seed = OptionValue.Seed(
        "--seed",
        $"Where every random number comes from: the same seed on the same device gives the same bits. Default: " +
        $"{Defaults.Seed}.");

    private readonly Option<string?> _device = OptionValue.Text(
        "--device", "NAME",
        $"What computes: auto, cpu, cuda, opencl, …; gpuvae devices lists what there is. Default: {Defaults.Device}.");

    private readonly Option<string?> _precision = OptionValue.Text(
        "--precision", Names(Choices.Precisions.Keys),
        "What the products of layers round to: fp32 on any device; tf32 (11 bits) or bf16 (8 bits) on the tensor cores " +
        "of NVIDIA GPUs from compute capability 8.0. Weights, losses and Adam are fp32 always. Default: " +
        $"{Defaults.Precision}.");

    private readonly Option<string?> _out = OptionValue.Text(
        "--out", "DIR",
        "Folder to make for the run; one that holds anything is refused. Default: a new one in runs/.");

    /// <summary>The folder to make for the run, or null for one in <c>runs/</c>.</summary>
    public string? Folder(ParseResult line) => line.GetValue(_out);

    /// <summary>The options, grouped for the help.</summary>
    public IReadOnlyList<OptionGroup> Groups =>
    [
        new("Data", [_data, _limit]),
        new("Model", [_preset, _hidden, _activation, _latent, _code, _likelihood, _objective, _beta]),
        new("Training", [_epochs, _batch, _learningRate, _seed, _device, _precision]),
        new("Output", [_out]),
    ];

    /// <summary>What was typed, over the preset, over the defaults.</summary>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    public RunConfiguration Read(ParseResult line)
    {
        try
        {
            var preset = RunConfiguration.FromPreset(line.GetValue(_preset) ?? Defaults.Preset);
            RunConfiguration configuration = preset with
            {
                Data = line.GetValue(_data) ?? preset.Data,
                Limit = line.GetValue(_limit),
                Hidden = line.GetResult(_hidden) is null ? preset.Hidden : line.GetRequiredValue(_hidden)!,
                Activation = line.GetValue(_activation) ?? preset.Activation,
                Latent = line.GetValue(_latent) ?? preset.Latent,
                Code = line.GetValue(_code) ?? preset.Code,
                Likelihood = line.GetValue(_likelihood) ?? preset.Likelihood,
                Objective = line.GetValue(_objective) ?? preset.Objective,
                Beta = line.GetValue(_beta) ?? preset.Beta,
                Epochs = line.GetValue(_epochs) ?? preset.Epochs,
                Batch = line.GetValue(_batch) ?? preset.Batch,
                LearningRate = line.GetValue(_learningRate) ?? preset.LearningRate,
                Seed = line.GetValue(_seed) ?? preset.Seed,
                Device = line.GetValue(_device) ?? preset.Device,
                Precision = line.GetValue(_precision) ?? preset.Precision,
            };
            configuration.Validate();
            return configuration;
        }
        catch (UserException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }

    private static string Names(IEnumerable<string> names) => string.Join('|', names);

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
