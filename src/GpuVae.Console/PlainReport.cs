using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>A line an epoch, for a pipe or a file.</summary>
/// <param name="data">What the data is called.</param>
/// <param name="device">What <c>--device</c> was.</param>
/// <param name="output">Where lines go.</param>
internal sealed class PlainReport(string data, string device, TextWriter output) : ITrainingObserver
{
    private EpochTable? _table;

    /// <inheritdoc/>
    public void Started(TrainingStart start)
    {
        foreach ((string name, string text) in ReportText.Start(start, data, device))
        {
            output.WriteLine($"{name,-8}{text}");
        }

        output.WriteLine();
        _table = new EpochTable(start.HasPrior, start.Example, Terminal.TableWidth);
        output.WriteLine(_table.Heading);
    }

    /// <inheritdoc/>
    public void Progress(TrainingProgress progress)
    {
    }

    /// <inheritdoc/>
    public void EpochEnded(EpochMetrics metrics) => output.WriteLine(_table?.Row(metrics));
}
