using System.CommandLine;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>How long, in what steps and where.</summary>
internal sealed class TrainingOptions : TrainOptionGroup
{
    private readonly Option<int?> _epochs = OptionValue.Whole(
        "--epochs", $"Times that training sees every image. Default: {Defaults.Epochs}.");

    private readonly Option<int?> _evaluateEvery = OptionValue.Whole(
        "--evaluate-every",
        "Measures, saves and draws after each N epochs, and at the end: for runs of thousands. Default: " +
        $"{Defaults.EvaluateEvery}.");

    private readonly Option<int?> _batch = OptionValue.Whole(
        "--batch", $"Images in a step. Default: {Defaults.Batch}.");

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

    /// <inheritdoc/>
    public override OptionGroup Group => new("Training", [_epochs, _evaluateEvery, _batch, _seed, _device, _precision]);

    /// <inheritdoc/>
    public override RunConfiguration Apply(ParseResult line, RunConfiguration configuration) => configuration with
    {
        Epochs = line.GetValue(_epochs) ?? configuration.Epochs,
        EvaluateEvery = line.GetValue(_evaluateEvery) ?? configuration.EvaluateEvery,
        Batch = line.GetValue(_batch) ?? configuration.Batch,
        Seed = line.GetValue(_seed) ?? configuration.Seed,
        Device = line.GetValue(_device) ?? configuration.Device,
        Precision = line.GetValue(_precision) ?? configuration.Precision,
    };
}
