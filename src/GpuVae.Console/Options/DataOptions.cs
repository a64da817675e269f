using System.CommandLine;
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

    /// <inheritdoc/>
    public override OptionGroup Group => new("Data", [_data, _limit]);

    /// <inheritdoc/>
    public override RunConfiguration Apply(ParseResult line, RunConfiguration configuration) => configuration with
    {
        Data = line.GetValue(_data) ?? configuration.Data,
        Limit = line.GetValue(_limit) ?? configuration.Limit,
    };
}
