using System.CommandLine;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>The options of <c>train</c>, and the configuration that they and the preset make together.</summary>
internal sealed class TrainOptions
{
    private readonly Option<string?> _out = OptionValue.Text(
        "--out", "DIR",
        "Folder to make for the run; one that holds anything is refused. Default: a new one in runs/.");

    private readonly ModelOptions _model = new();
    private readonly TrainOptionGroup[] _groups;

    /// <summary>All of them.</summary>
    public TrainOptions() =>
        _groups = [new DataOptions(), _model, new ObjectiveOptions(), new OptimizerOptions(), new TrainingOptions()];

    /// <summary>The options, grouped for the help.</summary>
    public IReadOnlyList<OptionGroup> Groups =>
        [.. _groups.Select(group => group.Group), new OptionGroup("Output", [_out])];

    /// <summary>The folder to make for the run, or null for one in <c>runs/</c>.</summary>
    public string? Folder(ParseResult line) => line.GetValue(_out);

    /// <summary>Whether a likelihood was typed, or a preset that has one.</summary>
    public bool ChoosesLikelihood(ParseResult line) => _model.ChoosesLikelihood(line);

    /// <summary>What was typed, over the preset, over the defaults.</summary>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    public RunConfiguration Read(ParseResult line)
    {
        try
        {
            RunConfiguration configuration = _groups.Aggregate(
                _model.StartingPoint(line), (configuration, group) => group.Apply(line, configuration));
            configuration.Validate();
            return configuration;
        }
        catch (UserException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }
}
