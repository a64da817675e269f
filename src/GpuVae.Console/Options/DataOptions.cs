using System.CommandLine;
using GpuVae.Models;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>What is trained with.</summary>
internal sealed class DataOptions : TrainOptionGroup
{
    private readonly Option<string?> _data = OptionValue.Text(
        "--data", "DIR",
        "Folder of IDX files, plain or gzip, named as MNIST's are; images of any size. Default: MNIST, which comes along.");

    private readonly Option<int?> _limit = OptionValue.Whole(
        "--limit", "Uses only the first N training images. Default: all.");

    private readonly Option<string?> _trainLabels = OptionValue.Text(
        "--train-labels", "CLASS,…",
        "Uses only the images of these classes, by the names of their labels, to train on and to measure by: the normal " +
        "ones, for a model that is to find the others (gpuvae detect). Default: all.");

    private readonly Option<string?> _binarize = OptionValue.Text(
        "--binarize", Names(Choices.Encodings.Keys),
        "What the model sees of a pixel, as input and as target: its grey value (none), 1 with the grey value as " +
        "probability, drawn afresh at every visit (dynamic; test images are drawn once, from the seed, so that " +
        "figures compare), or 1 from half white on (threshold). Default: " + $"{Defaults.Binarize}.");

    /// <inheritdoc/>
    public override OptionGroup Group => new("Data", [_data, _limit, _trainLabels, _binarize]);

    /// <inheritdoc/>
    public override RunConfiguration Apply(ParseResult line, RunConfiguration configuration) => configuration with
    {
        Data = line.GetValue(_data) ?? configuration.Data,
        Limit = line.GetValue(_limit) ?? configuration.Limit,
        TrainLabels = line.GetValue(_trainLabels)?.Split(',', StringSplitOptions.TrimEntries) ?? configuration.TrainLabels,
        Binarize = line.GetValue(_binarize) ?? configuration.Binarize,
    };
}
