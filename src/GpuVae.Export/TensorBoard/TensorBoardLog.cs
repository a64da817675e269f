using System.Buffers.Binary;
using System.Globalization;
using GpuVae.Files;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Export.TensorBoard;

/// <summary>
/// Writes how a training goes into the folder <c>tensorboard</c> of its run, for TensorBoard and what else reads its files: after each
/// measured epoch, which is a step, its figures, its pictures and histograms of codes; at the end the codes of test examples for the
/// projector, with their labels and, of images, sprites.
/// </summary>
/// <remarks>Figures are in single precision there; <c>metrics.jsonl</c> has all of their digits.</remarks>
/// <param name="run">The run.</param>
public sealed class TensorBoardLog(RunFolder run) : ITrainingObserver, IDisposable
{
    /// <summary>Units of a code that have a histogram each.</summary>
    private const int MostUnits = 32;

    private static readonly string[] _ofTraining = ["learning_rate", "effective_beta", "gradient_norm", "seconds", "images_per_second"];
    private static readonly string[] _ofModel = ["active_units", "sigma", "bits_per_dimension"];

    private EventFile? _file;
    private EpochCodes? _codes;

    /// <summary>The folder.</summary>
    public string FolderPath { get; } = Path.Combine(run.FullPath, "tensorboard");

    /// <inheritdoc/>
    public void CodesMeasured(EpochCodes codes) => _codes = codes;

    /// <inheritdoc/>
    /// <exception cref="UserException">The files cannot be written.</exception>
    public void EpochEnded(EpochMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        Write(metrics);
    }

    /// <summary>Writes the projector's files, of the epoch that was measured last.</summary>
    /// <returns>The folder's files that this and the epochs wrote.</returns>
    /// <exception cref="UserException">One cannot be written.</exception>
    public IReadOnlyList<string> End()
    {
        if (_file is null)
            return [];
        return [_file.FullPath, .. _codes is null ? [] : CodeProjector.Write(FolderPath, _codes, run.ReadConfiguration().CreatePipeline())];
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private void Write(EpochMetrics metrics)
    {
        try
        {
            OwnFile.Require(FolderPath, isFolder: true);
            if (_file is null)
            {
                Directory.CreateDirectory(FolderPath);
                // What a kill has left; whoever trains is alone in the run.
                AtomicFile.DeleteTemporary(FolderPath, CodeProjector.Names.Contains);
                _file = new EventFile(FolderPath, metrics.Epoch);
            }
            _file.Append(new EventMessage(EventFile.Seconds, metrics.Epoch)
            {
                Values = [.. Figures(metrics), .. Pictures(metrics.Epoch), .. Histograms(metrics)],
            });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{FolderPath}: cannot be written: {InputFile.Reason(exception)}", exception);
        }
    }

    private static IEnumerable<SummaryValue> Figures(EpochMetrics metrics) => metrics.Figures.Where(figure => figure.Key != "epoch").Select(
        figure => new SummaryValue($"{(_ofTraining.Contains(figure.Key) ? "training" : _ofModel.Contains(figure.Key) ? "model" : "loss")}/{figure.Key}")
        {
            Number = (float)figure.Value,
        });

    /// <summary>The pictures that training drew after the epoch.</summary>
    private IEnumerable<SummaryValue> Pictures(int epoch)
    {
        foreach (string kind in RunFolder.PictureKinds)
        {
            string path = run.ImagePath(kind, epoch);
            if (!File.Exists(path))
                continue;
            OwnFile.Require(path);
            byte[] file = InputFile.ReadSmall(path, int.MaxValue);
            // IHDR stands first: width, height, bits and the kind of colours (PNG, 11.2.2).
            const int Header = 16;
            ReadOnlySpan<byte> header = file.AsSpan(Math.Min(Header, file.Length));
            if (header.Length < 10)
                continue;
            int width = BinaryPrimitives.ReadInt32BigEndian(header), height = BinaryPrimitives.ReadInt32BigEndian(header[4..]);
            int channels = header[9] switch { 0 => 1, 4 => 2, 6 => 4, _ => 3 };
            yield return new SummaryValue(kind) { Picture = new PngMessage(height, width, channels, file) };
        }
    }

    private IEnumerable<SummaryValue> Histograms(EpochMetrics metrics)
    {
        if (_codes is { Codes: var codes, Units: int units } && _codes.Epoch == metrics.Epoch)
        {
            if (Histogram("codes/all units", codes.ToArray()) is SummaryValue all)
                yield return all;
            for (int unit = 0; unit < Math.Min(units, MostUnits); unit++)
            {
                float[] ofUnit = new float[codes.Length / units];
                for (int example = 0; example < ofUnit.Length; example++)
                    ofUnit[example] = codes.Span[(example * units) + unit];
                if (Histogram(string.Create(CultureInfo.InvariantCulture, $"codes/unit {unit:00}"), ofUnit) is SummaryValue one)
                    yield return one;
            }
        }
        if (metrics.UnitKl is not null && Histogram("codes/KL of units", metrics.UnitKl) is SummaryValue kl)
            yield return kl;
    }

    private static SummaryValue? Histogram(string tag, IEnumerable<float> values)
    {
        float[] finite = [.. values.Where(float.IsFinite)];
        return finite.Length == 0 ? null : new SummaryValue(tag) { Histogram = new HistogramMessage(finite) };
    }
}
