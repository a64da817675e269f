using System.CommandLine;
using GpuVae.Data;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>What is trained with.</summary>
internal sealed class DataOptions : TrainOptionGroup
{
    private readonly Option<string?> _data = OptionValue.Text(
        "--data", "NAME|PATH",
        $"{string.Join(", ", Datasets.Names)} (all but mnist are downloaded once); a folder of IDX files named as MNIST's " +
        "are; a folder of pictures (PNG, JPEG, WebP), whose subfolders are classes; a CSV file, .gz too; a .npy or .npz " +
        $"file. Default: {Defaults.Data}, which comes along.");

    private readonly Option<string?> _labelColumn = OptionValue.Text(
        "--label-column", "NAME|N",
        "Of a CSV file: the column with the labels by its name in the header, its position from 1, first or last. " +
        $"Default: the one that is called {CsvReader.LabelName}, if there is one.");

    private readonly Option<string?> _imageSize = OptionValue.Text(
        "--image-size", "N|HxW",
        "Draws pictures of a folder at this size, or takes rows of numbers as images of it. Default: as they are.");

    private readonly Option<string?> _color = OptionValue.Text(
        "--color", "grey|rgb", $"What pictures of a folder become. Default: {Defaults.Color}.");

    private readonly Option<string?> _scale = OptionValue.Text(
        "--scale", Names(Scaling.Methods.Keys),
        "What becomes of real numbers, by what the training examples are: " +
        string.Join("; ", Scaling.Methods.Select(method => $"{method.Key} = {method.Value}")) +
        $". Images of bytes are always divided by 255. Default: {Defaults.Scale}.");

    private readonly Option<double?> _holdOut = OptionValue.Real(
        "--hold-out",
        "The part to test with, drawn by the seed, where the data has no test part. Default: " +
        $"{Text(Datasets.DefaultHoldOut)}.");

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
    public override OptionGroup Group => new(
        "Data", [_data, _labelColumn, _imageSize, _color, _scale, _holdOut, _limit, _trainLabels, _binarize]);

    /// <inheritdoc/>
    public override RunConfiguration Apply(ParseResult line, RunConfiguration configuration) => configuration with
    {
        Data = line.GetValue(_data) ?? configuration.Data,
        LabelColumn = line.GetValue(_labelColumn) ?? configuration.LabelColumn,
        ImageSize = line.GetValue(_imageSize) ?? configuration.ImageSize,
        Color = line.GetValue(_color) ?? configuration.Color,
        Scale = line.GetValue(_scale) ?? configuration.Scale,
        HoldOut = line.GetValue(_holdOut) ?? configuration.HoldOut,
        Limit = line.GetValue(_limit) ?? configuration.Limit,
        TrainLabels = line.GetValue(_trainLabels)?.Split(',', StringSplitOptions.TrimEntries) ?? configuration.TrainLabels,
        Binarize = line.GetValue(_binarize) ?? configuration.Binarize,
    };
}
