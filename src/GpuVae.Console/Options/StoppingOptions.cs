using System.CommandLine;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>When a run is saved, when it ends, and which one goes on.</summary>
internal sealed class StoppingOptions : TrainOptionGroup
{
    private readonly Option<string?> _checkpointEvery = OptionValue.Text(
        "--checkpoint-every", "N|TIME",
        "Saves after each so many steps (500) or so much time (30s, 1m, 2h), besides at the end. Default: after each " +
        "epoch that is measured.");

    private readonly Option<int?> _patience = OptionValue.Whole(
        "--patience", "Ends when the test loss has not improved for N epochs. Default: never.");

    /// <summary>The folder of a run.</summary>
    public Option<string?> Resume { get; } = OptionValue.Text(
        "--resume", "DIR",
        "Goes on with the run in that folder, to the bits that it would have had without the stop. Its choices stay; " +
        "--epochs may be more.");

    /// <summary>How long to train at most.</summary>
    public Option<TimeSpan?> MaxTime { get; } = OptionValue.Time(
        "--max-time", "Stops after that time (90s, 10m, 1.5h), saved after the step in hand. Default: never.");

    /// <inheritdoc/>
    public override OptionGroup Group => new("Stopping and going on", [Resume, _checkpointEvery, _patience, MaxTime]);

    /// <inheritdoc/>
    public override RunConfiguration Apply(ParseResult line, RunConfiguration configuration) => configuration with
    {
        CheckpointEvery = line.GetValue(_checkpointEvery) ?? configuration.CheckpointEvery,
        Patience = line.GetValue(_patience) ?? configuration.Patience,
    };
}
