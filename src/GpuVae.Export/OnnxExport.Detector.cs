using System.Globalization;
using System.Text.Json;
using GpuVae.Detection;
using GpuVae.Export.Onnx;
using GpuVae.Runs;

namespace GpuVae.Export;

/// <content>Detectors.</content>
public static partial class OnnxExport
{
    /// <summary>What the graph of a detector is called.</summary>
    public const string DetectorFileName = "detector.onnx";

    /// <summary>
    /// Writes a detector as one graph, <see cref="DetectorFileName"/>, whole or not at all; one of that name is replaced. Safe for
    /// any number of threads at once, and while the detector scores.
    /// </summary>
    /// <remarks>
    /// From the cells of a table (<c>numbers</c>, doubles with NaN for a missing cell, and <c>words</c>, strings with an empty one for it)
    /// or <c>pixels</c> (N, H, W, C) to what the detector says of each row: <c>score</c>, <c>contributions</c> (N, columns), whose sum it
    /// is, <c>verdict</c>, whether it is above the threshold, <c>probability</c>, the share of normal rows that score lower, where the
    /// detector has a calibration, <c>code</c>, <c>reconstruction</c>, what the model makes of the row, and <c>expected</c>, what is normal
    /// for it, in the units of the file (<c>reconstructed_words</c> and <c>expected_words</c> of columns of words). The metadata has
    /// columns, words, threshold and its rule. A row with an impossible cell scores +∞; such cells have +∞, the others 0.
    /// </remarks>
    /// <param name="detector">The detector.</param>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <param name="options">Null for the defaults; the threshold is the detector's own.</param>
    /// <returns>The path of the file.</returns>
    /// <exception cref="UserException">
    /// The model has a layer, an activation or a likelihood of somebody's own, or the file cannot be written or would be over 2 GiB.
    /// </exception>
    /// <exception cref="ArgumentException">The options have a threshold.</exception>
    /// <exception cref="ObjectDisposedException">The detector has been disposed of.</exception>
    public static string Write(AnomalyDetector detector, string folder, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(folder);
        if (options?.Threshold is not null)
            throw new ArgumentException("A detector has its own threshold.", nameof(options));
        OnnxModel graph = Graph(detector, options?.Kind);
        ExportFolder.Make(folder);
        return Write(Path.Combine(folder, DetectorFileName), graph);
    }

    internal static OnnxModel Graph(AnomalyDetector detector, ExampleKind? kind) => detector.Model.Read((device, model) =>
    {
        var source = ExportSource.Of(device, model, detector, kind);
        return new DetectorGraph(detector, source, Metadata(detector, source), RunConfiguration.Version).Build();
    });

    private static List<(string Key, string Value)> Metadata(AnomalyDetector detector, ExportSource source)
    {
        CodeMemory? memory = detector.Model.Memory;
        List<(string, string)> entries =
        [
            ("gpuvae_version", RunConfiguration.Version),
            ("kind", "anomaly detector"),
            ("detector_version", Text(AnomalyDetector.FileVersion)),
            ("code", detector.Configuration.Code),
            ("likelihood", detector.Configuration.Likelihood),
            ("score", memory is null ? "log p(x|x) − log p(x|x̂)" : "distance from remembered rows"),
            ("units", memory is null ? "nats" : "none"),
            ("threshold", detector.Threshold.ToString("R", CultureInfo.InvariantCulture)),
            ("threshold_rule", detector.Rule.ToString()),
            ("training_rows", Text(detector.TrainingRows)),
            ("memory_rows", Text(detector.MemoryRows)),
            ("memory_neighbors", Text(memory?.Neighbors ?? 0)),
        ];
        if (source.IsOfPictures)
            return entries;
        entries.Add(("columns", Json([.. detector.Columns.Select(column => column.Name)])));
        entries.Add(("number_columns", Json([.. detector.Columns.Where(column => !column.IsOfWords).Select(column => column.Name)])));
        // In the order of the input, which is the pipeline's.
        DetectorColumn[] ofWords = [.. source.Pipeline.Categories.Select(category => detector.Columns[category.Column])];
        entries.Add(("word_columns", Json([.. ofWords.Select(column => column.Name)])));
        entries.Add(("words", JsonSerializer.Serialize(ofWords.Select(column => column.Levels), _json)));
        return entries;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
