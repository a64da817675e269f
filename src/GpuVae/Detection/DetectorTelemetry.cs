using System.Diagnostics;
using System.Diagnostics.Metrics;
using GpuVae.Runs;

namespace GpuVae.Detection;

/// <summary>
/// What a process can watch of its detectors, by the names <see cref="Name"/> of a <see cref="Meter"/> and of an
/// <see cref="ActivitySource"/>: the counter <c>gpuvae.detector.rows</c> of rows scored, the histogram
/// <c>gpuvae.detector.duration</c> of the seconds that a call took, and the activities <c>train</c>, <c>load</c> and
/// <c>score many</c>. Nothing is measured while nobody listens. Any thread may use it.
/// </summary>
public static class DetectorTelemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "GpuVae";

    private static readonly Meter _meter = new(Name, RunConfiguration.Version);

    private static readonly Counter<long> _rows = _meter.CreateCounter<long>(
        "gpuvae.detector.rows", "{row}", "Rows scored.");

    private static readonly Histogram<double> _duration = _meter.CreateHistogram<double>(
        "gpuvae.detector.duration", "s", "Time of a call that scores, one row or many.");

    /// <summary>Where activities come from.</summary>
    internal static ActivitySource Activities { get; } = new(Name, RunConfiguration.Version);

    /// <summary>The time before a call that scores; 0 where nobody listens.</summary>
    internal static long Start() => _duration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Counts what a call has scored.</summary>
    internal static void Scored(long start, int rows)
    {
        if (_rows.Enabled)
            _rows.Add(rows);
        if (start != 0)
            _duration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
