using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;

namespace GpuVae.Reports;

/// <summary>A trained run as a page whose decoder is the model itself, on the device that it was opened on.</summary>
public sealed class ExploredRun : IReportSource, IDisposable
{
    private readonly RunReport _report;
    private readonly Lazy<byte[]> _page; // it never changes
    private readonly Codec _codec;

    private ExploredRun(RunReport report, Codec codec, int units)
    {
        _report = report;
        _page = new Lazy<byte[]>(() =>
        {
            using var page = new MemoryStream();
            ReportPage.Write(page, [report], ServedReport.Explored);
            return page.ToArray();
        });
        _codec = codec;
        Units = units;
    }

    /// <inheritdoc/>
    public int Units { get; }

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public string Status => "";

    /// <inheritdoc/>
    public bool IsOver => true;

    /// <summary>Measures a run.</summary>
    /// <param name="device">Where its model is.</param>
    /// <param name="trained">The run, which has to stay open as long as this is used.</param>
    /// <param name="data">As for <see cref="RunReport.Of(IDevice, TrainedModel, Dataset?, bool, int, RunDetection?)"/>.</param>
    /// <param name="isOwn">Whether the data are those of the run.</param>
    /// <param name="detection">What it says of anomalies among the test examples; null leaves that out.</param>
    /// <exception cref="UserException">A file cannot be read or is damaged, or the data do not fit.</exception>
    public static ExploredRun Of(
        IDevice device, TrainedModel trained, Dataset? data, bool isOwn = true, RunDetection? detection = null)
    {
        RunReport report = RunReport.Measure(device, trained, data, isOwn, runs: 1, detection, isServed: true);
        return new ExploredRun(report, new Codec(device, trained.Model, trained.Encoding, trained.Configuration.Seed), trained.Model.Units);
    }

    /// <inheritdoc/>
    public void WritePage(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(_page.Value);
    }

    /// <inheritdoc/>
    public void WriteData(Stream stream) => ReportJson.Write(stream, [_report], ServedReport.Explored);

    /// <inheritdoc/>
    public float[] Decode(ReadOnlySpan<float> codes) => _codec.Decode(codes);

    /// <inheritdoc/>
    public void Dispose() => _codec.Dispose();
}

/// <summary>What a page may ask of the program that serves it.</summary>
internal enum ServedReport
{
    /// <summary>Nothing: it is a file.</summary>
    None,

    /// <summary>To decode.</summary>
    Explored,

    /// <summary>How far the training is.</summary>
    Training,
}
