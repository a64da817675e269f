using System.Text.Json;
using GpuVae.Evaluation;
using GpuVae.Files;

namespace GpuVae.CommandLine;

/// <summary>What <c>detect</c> prints, for programs: a JSON file beside the scores.</summary>
/// <param name="Detected">Scores and threshold.</param>
/// <param name="Above">Examples above the threshold.</param>
internal sealed record DetectFigures(DetectedScores Detected, int Above)
{
    /// <summary>How well scores and threshold part the classes, and what the positive class is called; null where nobody knows.</summary>
    public (string Positive, DetectionQuality Quality)? Examples { get; init; }

    /// <summary>How well heat finds defects, as it is and smoothed; null where nobody knows where they are.</summary>
    public (PixelQuality Exact, PixelQuality Smoothed)? Pixels { get; init; }

    /// <summary>Writes them into a new file.</summary>
    /// <param name="scorePath">The file of the scores, whose name it has.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="UserException">It cannot be written.</exception>
    public string Write(string scorePath) => NewFile.Write(
        Path.GetDirectoryName(scorePath) is { Length: > 0 } folder ? folder : ".", Path.GetFileNameWithoutExtension(scorePath), ".json",
        path => JsonFile.Write(path, WriteTo));

    /// <summary>Writes them as one object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("examples", Detected.Scores.Length);
        json.WriteNumber("above_threshold", Above);
        json.WriteFinite("threshold", Detected.Threshold);
        json.WriteString("rule", Detected.Rule);
        if (Examples is var (positive, quality))
        {
            ConfusionMatrix matrix = quality.Confusion;
            json.WriteString("positive", positive);
            json.WriteNumber("true_positives", matrix.TruePositives);
            json.WriteNumber("false_positives", matrix.FalsePositives);
            json.WriteNumber("true_negatives", matrix.TrueNegatives);
            json.WriteNumber("false_negatives", matrix.FalseNegatives);
            json.WriteFinite("accuracy", matrix.Accuracy);
            json.WriteFinite("precision", matrix.Precision);
            json.WriteFinite("recall", matrix.Recall);
            json.WriteFinite("f1", matrix.F1);
            json.WriteFinite("roc_auc", quality.RocAuc);
            json.WriteFinite("average_precision", quality.AveragePrecision);
        }

        if (Pixels is var (exact, smoothed))
        {
            json.WriteNumber("defects", exact.Regions);
            json.WriteFinite("pixel_roc_auc", exact.RocAuc);
            json.WriteFinite("pro", exact.Pro);
            json.WriteFinite("smoothed_pixel_roc_auc", smoothed.RocAuc);
            json.WriteFinite("smoothed_pro", smoothed.Pro);
        }

        json.WriteEndObject();
    }
}
