using System.CommandLine;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>The options of <c>train</c>, and the configuration that they and the preset make together.</summary>
internal sealed class TrainOptions
{
    private readonly Option<string?> _out = OptionValue.Text(
        "--out", "DIR",
        "Folder to make for the run; one that holds anything is refused. Default: a new one in runs/.");

    private readonly StoppingOptions _stopping = new();
    private readonly ModelOptions _model = new();
    private readonly TrainOptionGroup[] _groups;

    /// <summary>All of them.</summary>
    public TrainOptions() =>
        _groups = [new DataOptions(), _model, new ObjectiveOptions(), new OptimizerOptions(), new TrainingOptions(), _stopping];

    /// <summary>The options, grouped for the help.</summary>
    public IReadOnlyList<OptionGroup> Groups =>
        [.. _groups.Select(group => group.Group), new OptionGroup("Output", [_out])];

    /// <summary>The folder to make for the run, or null for one in <c>runs/</c>.</summary>
    public string? Folder(ParseResult line) => line.GetValue(_out);

    /// <summary>Whether a likelihood was typed, or a preset that has one.</summary>
    public bool ChoosesLikelihood(ParseResult line) => _model.ChoosesLikelihood(line);

    /// <summary>The folder of the run to go on with, or null for a new run.</summary>
    public string? Resume(ParseResult line) => line.GetValue(_stopping.Resume);

    /// <summary>How long to train at most, or null.</summary>
    public TimeSpan? MaxTime(ParseResult line) => line.GetValue(_stopping.MaxTime);

    /// <summary>What was typed, over the preset or the run to go on with, over the defaults.</summary>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    /// <exception cref="UserException">There is no run to go on with, or it began with something else.</exception>
    public RunConfiguration Read(ParseResult line)
    {
        RunFolder? run = Resume(line) is string folder ? RunFolder.Open(folder) : null;
        RunConfiguration? began = run?.ReadConfiguration();
        RunConfiguration asked = Combine(line, began);
        if (run is null || began is null)
        {
            return asked;
        }

        if (Folder(line) is string other)
        {
            var cause = new ArgumentException($"{other} and {run.FullPath}");
            throw new UsageException($"--out {other}: a run goes on in its own folder; leave --out or --resume away", cause);
        }

        _model.RequirePreset(line, began, run.ConfigurationPath);
        RunDifference.Require(began, asked, run.ConfigurationPath);
        return asked;
    }

    private RunConfiguration Combine(ParseResult line, RunConfiguration? began)
    {
        try
        {
            RunConfiguration configuration = _groups.Aggregate(
                began ?? _model.StartingPoint(line), (configuration, group) => group.Apply(line, configuration));
            configuration.Validate();
            return configuration;
        }
        catch (UserException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }
}
