using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using GpuVae.Evaluation;
using GpuVae.Export.Onnx;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.Export;

/// <summary>What an export to ONNX is asked for.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>The score above which an example is an anomaly, in nats, finite; null for a graph without a verdict.</summary>
    public double? Threshold { get; init; }

    /// <summary>What the run's examples are; null to find out from its configuration.</summary>
    public ExampleKind? Kind { get; init; }
}

/// <summary>
/// Writes a trained run as graphs of ONNX (opset 17, IR version 8, batches of any size), which ONNX Runtime and others run without
/// this library. Not for two threads on one device at once; they wait for each other.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term><c>encoder.onnx</c></term><description><c>x</c>, examples as the model takes them, to <c>code</c>, the mean, and for a
/// code that is drawn <c>log_variance</c> (N, k) or <c>cholesky</c> (N, k, k).</description></item>
/// <item><term><c>decoder.onnx</c></term><description><c>code</c> (N, k) to <c>x</c>, E[x | z].</description></item>
/// <item><term><c>model.onnx</c></term><description>the cells of a table (<c>numbers</c>, doubles with NaN for a missing cell, and
/// <c>words</c>, strings with an empty one for it) or <c>pixels</c> (N, H, W, C) to <c>code</c>, <c>reconstruction</c> in the same units,
/// <c>score</c> in nats as <see cref="AnomalyScorer"/> has it with <see cref="AnomalyScore.Reconstruction"/>, <c>contributions</c>,
/// what each column has of the score, which is their sum, and with a threshold <c>anomaly</c>. A row without a probability has the
/// score +∞, and so has its column; the others have what they would have with 0 there after scaling.</description></item>
/// </list>
/// </remarks>
public static partial class OnnxExport
{
    private static readonly JsonSerializerOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the three files, each whole or not at all; those of these names are replaced.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="trained">The run.</param>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <returns>The paths of the files.</returns>
    /// <exception cref="UserException">
    /// The model has a layer, an activation or a likelihood of somebody's own, or a file cannot be written or would be over 2 GiB.
    /// </exception>
    /// <exception cref="ArgumentException">The threshold is not finite.</exception>
    public static IReadOnlyList<string> Write(IDevice device, TrainedModel trained, string folder, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(folder);
        options ??= new OnnxExportOptions();
        if (options.Threshold is double threshold && !double.IsFinite(threshold))
            throw new ArgumentException($"A threshold of {threshold} is not finite.", nameof(options));
        (string Name, OnnxModel Model)[] files;
        using (Lock.Scope turn = DeviceTurn.Of(device).EnterScope())
        {
            var source = ExportSource.Of(device, trained, options.Kind);
            files = Graphs(source, Metadata(source, trained.Configuration, options.Threshold), options.Threshold);
        }
        ExportFolder.Make(folder);
        return [.. files.Select(file => Write(Path.Combine(folder, file.Name), file.Model))];
    }

    internal static (string Name, OnnxModel Model)[] Graphs(
        ExportSource source, IReadOnlyList<(string Key, string Value)> metadata, double? threshold)
    {
        var graphs = new RunGraphs(source, metadata, RunConfiguration.Version);
        return [("encoder.onnx", graphs.Encoder()), ("decoder.onnx", graphs.Decoder()), ("model.onnx", graphs.Whole(threshold))];
    }

    private static string Write(string path, OnnxModel model)
    {
        try
        {
            model.Measure();
        }
        catch (OverflowException exception)
        {
            throw new UserException($"{path}: would be over 2 GiB, the most that an ONNX file can have; export a smaller model", exception);
        }
        AtomicFile.Write(path, model.Write);
        return path;
    }

    /// <summary>What a reader of the file needs to know beside the graph.</summary>
    private static List<(string Key, string Value)> Metadata(ExportSource source, RunConfiguration configuration, double? threshold)
    {
        List<(string, string)> entries =
        [
            ("gpuvae_version", RunConfiguration.Version),
            ("kind", configuration.Preset),
            ("code", configuration.Code),
            ("likelihood", configuration.Likelihood),
            ("score", "reconstruction"),
            ("units", "nats"),
        ];
        var columns = source.Pipeline.ColumnNames;
        if (columns.Count > 0)
        {
            HashSet<int> words = [.. source.Pipeline.Categories.Select(category => category.Column)];
            entries.Add(("columns", Json(columns)));
            entries.Add(("number_columns", Json([.. columns.Where((_, column) => !words.Contains(column))])));
            entries.Add(("word_columns", Json([.. source.Pipeline.Categories.Select(category => columns[category.Column])])));
        }
        if (threshold is double limit)
            entries.Add(("threshold", limit.ToString("R", CultureInfo.InvariantCulture)));
        return entries;
    }

    private static string Json(IReadOnlyList<string> names) => JsonSerializer.Serialize(names, _json);
}
