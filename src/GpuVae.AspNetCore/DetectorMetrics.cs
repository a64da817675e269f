using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using GpuVae.Detection;
using GpuVae.Runs;

namespace GpuVae.AspNetCore;

/// <summary>
/// What happens in the service, as the meter <see cref="DetectorTelemetry.Name"/> tells it and as <c>/metrics</c> shows it in
/// Prometheus' text format: requests by path and status, their time, anomalies, reloads, and what detectors of the process count
/// themselves. Safe for any number of threads at once.
/// </summary>
internal sealed class DetectorMetrics : IDisposable
{
    /// <summary>What the text is.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    // Seconds, as Prometheus' own clients have them, and two below.
    private static readonly double[] _bounds =
        [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Meter _meter;
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly Counter<long> _requests, _anomalies, _reloads;
    private readonly Histogram<double> _duration;
    private readonly AnomalyDetectorAccessor _accessor;

    /// <summary>Begins to count.</summary>
    public DetectorMetrics(AnomalyDetectorAccessor accessor)
    {
        _accessor = accessor;
        // Other services of the process have meters of that name too; the scope tells them apart.
        _meter = new Meter(new MeterOptions(DetectorTelemetry.Name) { Version = RunConfiguration.Version, Scope = this });
        _listener.InstrumentPublished = Listen;
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((Family)state!).Add(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((Family)state!).Add(value, tags));
        _listener.Start();
        _requests = _meter.CreateCounter<long>("gpuvae.http.requests", "{request}", "Requests answered, by path and status.");
        _duration = _meter.CreateHistogram<double>("gpuvae.http.request.duration", "s", "Time of a request, by path.");
        _anomalies = _meter.CreateCounter<long>("gpuvae.http.anomalies", "{row}", "Rows of requests that were anomalies.");
        _reloads = _meter.CreateCounter<long>("gpuvae.http.reloads", "{reload}", "Attempts to read the detector's file again, by result.");
        accessor.Reloaded += CountReload;
    }

    /// <summary>Counts a request.</summary>
    public void Answered(string path, int status, TimeSpan time)
    {
        _requests.Add(1, new("path", path), new("status", StatusText(status)));
        _duration.Record(time.TotalSeconds, new KeyValuePair<string, object?>("path", path));
    }

    /// <summary>Counts anomalies.</summary>
    public void Found(int anomalies)
    {
        if (anomalies > 0)
            _anomalies.Add(anomalies);
    }

    /// <summary>All of it in Prometheus' text format 0.0.4.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        foreach (Family family in _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal))
            family.Write(text);
        using AnomalyDetectorLease lease = _accessor.Rent();
        Gauge(text, "gpuvae_detector_columns", "Columns of a row.", lease.Detector.Columns.Count);
        Gauge(text, "gpuvae_detector_threshold", "The score, in nats, above which a row is an anomaly.", lease.Detector.Threshold);
        Gauge(
            text, "gpuvae_detector_loaded_timestamp_seconds", "When the detector was read.",
            lease.Loaded.LoadedAt.ToUnixTimeMilliseconds() / 1000.0);
        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _accessor.Reloaded -= CountReload;
        _listener.Dispose();
        _meter.Dispose();
    }

    private static string StatusText(int status) => status switch
    {
        200 => "200",
        400 => "400",
        _ => status.ToString(CultureInfo.InvariantCulture),
    };

    private static void Gauge(StringBuilder text, string name, string help, double value) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(" gauge\n")
            .Append(name).Append(' ').Append(Number(value)).Append('\n');

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    private void CountReload(bool isLoaded) => _reloads.Add(1, new KeyValuePair<string, object?>("result", isLoaded ? "loaded" : "failed"));

    private void Listen(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name != DetectorTelemetry.Name || (instrument.Meter.Scope is { } scope && scope != this))
            return;
        Family family = _families.GetOrAdd(instrument.Name, _ => new Family(instrument));
        listener.EnableMeasurementEvents(instrument, family);
    }

    /// <summary>The measurements of an instrument, by their tags.</summary>
    private sealed class Family(Instrument instrument)
    {
        private readonly ConcurrentDictionary<(string?, string?), Series> _series = new();
        private readonly bool _isHistogram = instrument is Histogram<double> or Histogram<long>;

        /// <summary>As Prometheus spells it, with its unit, and <c>_total</c> for a counter.</summary>
        public string Name { get; } = instrument.Name.Replace('.', '_') + (instrument is Histogram<double> { Unit: "s" } ? "_seconds"
            : instrument is Counter<long> ? "_total" : "");

        /// <summary>Counts one.</summary>
        public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            // No instrument of ours has more than two.
            (string?, string?) key = (tags.Length > 0 ? tags[0].Value as string : null, tags.Length > 1 ? tags[1].Value as string : null);
            if (!_series.TryGetValue(key, out Series? series))
                series = _series.GetOrAdd(key, new Series(Labels(tags)));
            series.Add(value, _isHistogram);
        }

        /// <summary>Writes its lines.</summary>
        public void Write(StringBuilder text)
        {
            text.Append("# HELP ").Append(Name).Append(' ').Append(instrument.Description).Append("\n# TYPE ").Append(Name)
                .Append(_isHistogram ? " histogram\n" : " counter\n");
            foreach (Series series in _series.Values.OrderBy(series => series.Labels, StringComparer.Ordinal))
                series.Write(text, Name, _isHistogram);
        }

        private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var labels = new StringBuilder();
            foreach ((string name, object? value) in tags)
            {
                labels.Append(labels.Length == 0 ? "" : ",").Append(name).Append("=\"")
                    .Append((value as string ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                        .Replace("\n", "\\n", StringComparison.Ordinal))
                    .Append('"');
            }
            return labels.ToString();
        }
    }

    /// <summary>A sum, and of a histogram how many lie in each bucket.</summary>
    private sealed class Series(string labels)
    {
        private readonly long[] _counts = new long[_bounds.Length + 1];
        private readonly Lock _turn = new();
        private double _sum;

        /// <summary><c>path="/score",status="200"</c>.</summary>
        public string Labels { get; } = labels;

        /// <summary>Adds a measurement.</summary>
        public void Add(double value, bool isHistogram)
        {
            int bucket = isHistogram ? Array.FindIndex(_bounds, bound => value <= bound) : 0;
            lock (_turn)
            {
                _sum += value;
                _counts[bucket < 0 ? _bounds.Length : bucket]++;
            }
        }

        /// <summary>Writes its lines: of a histogram how many are at most a bound.</summary>
        public void Write(StringBuilder text, string name, bool isHistogram)
        {
            lock (_turn)
            {
                if (!isHistogram)
                {
                    Line(text, name, "", Labels, Number(_sum));
                    return;
                }
                long count = 0;
                for (int i = 0; i < _counts.Length; i++)
                {
                    count += _counts[i];
                    string bound = i < _bounds.Length ? Number(_bounds[i]) : "+Inf";
                    Line(
                        text, name, "_bucket", $"{Labels}{(Labels.Length > 0 ? "," : "")}le=\"{bound}\"",
                        count.ToString(CultureInfo.InvariantCulture));
                }
                Line(text, name, "_sum", Labels, Number(_sum));
                Line(text, name, "_count", Labels, count.ToString(CultureInfo.InvariantCulture));
            }
        }

        private static void Line(StringBuilder text, string name, string ending, string labels, string value)
        {
            text.Append(name).Append(ending);
            if (labels.Length > 0)
                text.Append('{').Append(labels).Append('}');
            text.Append(' ').Append(value).Append('\n');
        }
    }
}
