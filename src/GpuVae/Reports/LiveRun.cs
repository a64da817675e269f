using System.Globalization;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Reports;

/// <summary>A run as a page while it is trained: what its folder holds after the epoch that ended last, and how far the next one is.</summary>
/// <remarks>The model is with the training: the page has no decoder and no map.</remarks>
public sealed class LiveRun : IReportSource, ITrainingObserver
{
    private readonly Lock _made = new();
    private volatile TrainingStart? _start;
    private volatile string _status = "starting";
    private volatile bool _isOver;
    private int _version;
    private RunReport? _report;
    private int _reported = -1; // the version that it shows

    /// <inheritdoc/>
    public int Units => 0;

    /// <inheritdoc/>
    public int Version => Volatile.Read(ref _version);

    /// <inheritdoc/>
    public string Status => _status;

    /// <inheritdoc/>
    public bool IsOver => _isOver;

    /// <summary>The run, once there is one: a page can be served before a folder is made.</summary>
    public RunFolder? Folder { get; set; }

    /// <inheritdoc/>
    public void Started(TrainingStart start)
    {
        _start = start;
        Interlocked.Increment(ref _version);
    }

    /// <inheritdoc/>
    public void Progress(TrainingProgress progress)
    {
        string left = FormattableString.Invariant(progress.Remaining.TotalMinutes < 1
            ? $"{Math.Ceiling(progress.Remaining.TotalSeconds)} s"
            : (FormattableString)$"{progress.Remaining.TotalMinutes:N0} min");
        _status = string.Create(
            CultureInfo.InvariantCulture,
            $"Epoch {progress.Epoch} of {progress.Epochs}, step {progress.Step} of {progress.StepsPerEpoch}: training loss {progress.Loss:F2}, {progress.ImagesPerSecond:N0} {_start?.Example ?? "image"}s/s, {left} left");
    }

    /// <inheritdoc/>
    public void EpochEnded(EpochMetrics metrics) => Interlocked.Increment(ref _version);

    /// <summary>Training is over.</summary>
    /// <param name="status">What came of it, for a person.</param>
    public void End(string status)
    {
        _status = status;
        Interlocked.Increment(ref _version);
        _isOver = true;
    }

    /// <inheritdoc/>
    public void WritePage(Stream stream) => ReportPage.Write(stream, [Report()], ServedReport.Training);

    /// <inheritdoc/>
    public void WriteData(Stream stream) => ReportJson.Write(stream, [Report()], ServedReport.Training);

    /// <inheritdoc/>
    public float[] Decode(ReadOnlySpan<float> codes) => throw new InvalidOperationException("The model is being trained.");

    private RunReport Report()
    {
        lock (_made)
        {
            // What was read is of this version or a later one.
            int version = Version;
            if (_report is null || version != _reported)
                (_report, _reported) = (RunReport.Training(Folder ?? throw new UserException("training has not begun"), _start), version);
            return _report;
        }
    }
}
