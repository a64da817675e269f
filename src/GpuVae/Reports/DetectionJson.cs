using System.Text.Json;
using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Files;

namespace GpuVae.Reports;

/// <summary>
/// The key <c>detection</c> of a run in the data of a page. <c>thresholds</c> are steps in order, and each of <c>kinds</c> (normal,
/// anomaly, no label; or all examples, where nobody knows) has with <c>above</c> how many of its <c>count</c> examples score above each:
/// the exact confusion at every step. <c>bars</c> are the counts of a histogram along <c>axis</c>, <c>infinite</c> those at +∞, which are
/// above every threshold. <c>strangest</c> are the highest scores, the highest first; each has the largest parts of its score by column,
/// of pictures <c>heat</c>.
/// </summary>
internal static class DetectionJson
{
    /// <summary>The most steps beside the run's own threshold.</summary>
    private const int MostSteps = 4000;

    /// <summary>Columns of a strange row that are listed.</summary>
    private const int MostColumns = 12;

    /// <summary>The most numbers of all curves of strange rows.</summary>
    private const int MostCurveNumbers = 150_000;

    private const int Shades = 256;

    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, RunReport run, RunDetection detection)
    {
        json.WriteStartObject("detection");
        if (run.Strangest is not StrangeExamples strangest)
        {
            json.WriteString("why_not", detection.WhyNot);
            json.WriteEndObject();
            return;
        }
        json.WriteString("score", detection.Score);
        json.WriteString("unit", detection.Unit);
        json.WriteFinite("threshold", detection.Threshold);
        json.WriteString("rule", detection.Rule);
        json.WriteString("command", detection.Command);
        json.WriteTexts("notes", detection.Notes);
        WriteScores(json, run, detection);
        WriteStrangest(json, run, detection, strangest);
        json.WriteEndObject();
    }

    private static void WriteScores(Utf8JsonWriter json, RunReport run, RunDetection detection)
    {
        (string Name, double[] Scores)[] kinds = Kinds(detection, $"{run.Example}s");
        double[] steps = ThresholdSteps.Of(detection.Scores, detection.Threshold, Math.Max(100, (int)(MostSteps * run.Share)));
        var axis = ScoreAxis.Of(detection.Scores, kinds[0].Scores, detection.Threshold);
        json.WriteNumbers("thresholds", steps);
        json.WriteStartObject("axis");
        json.WriteBoolean("logarithmic", axis.IsLogarithmic);
        json.WriteNumber("start", axis.Start);
        json.WriteNumber("end", axis.End);
        json.WriteEndObject();
        json.WriteStartArray("kinds");
        foreach ((string name, double[] scores) in kinds)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("count", scores.Length);
            json.WriteNumber("infinite", scores.Count(double.IsPositiveInfinity));
            json.WriteNumbers("bars", axis.Count(scores).Select(count => (double)count));
            json.WriteNumbers("above", ThresholdSteps.Above(scores, steps).Select(count => (double)count));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (detection.IsAnomaly is not { } isAnomaly)
            return;
        int[] known = [.. Enumerable.Range(0, isAnomaly.Count).Where(i => isAnomaly[i] is not null)];
        var quality = DetectionQuality.Of(
            Array.ConvertAll(known, i => detection.Scores[i]), detection.Threshold, Array.ConvertAll(known, i => isAnomaly[i] == true),
            positiveIsNormal: false);
        json.WriteFinite("roc_auc", quality.RocAuc);
        json.WriteFinite("average_precision", quality.AveragePrecision);
    }

    private static (string Name, double[] Scores)[] Kinds(RunDetection detection, string all)
    {
        if (detection.IsAnomaly is not { } isAnomaly)
            return [(all, [.. detection.Scores])];
        double[] Of(bool? kind) => [.. detection.Scores.Where((_, i) => isAnomaly[i] == kind)];
        double[] unknown = Of(null);
        (string, double[])[] kinds = [("normal", Of(false)), ("anomaly", Of(true))];
        return unknown.Length == 0 ? kinds : [.. kinds, ("no label", unknown)];
    }

    private static void WriteStrangest(Utf8JsonWriter json, RunReport run, RunDetection detection, StrangeExamples strangest)
    {
        ImageSet examples = strangest.Examples;
        json.WriteStartArray("strangest");
        for (int i = 0; i < strangest.Places.Length; i++)
        {
            int place = strangest.Places[i];
            json.WriteStartObject();
            json.WriteNumber("place", place);
            if (examples.ExampleNames is { } names)
                json.WriteString("name", names[i]);
            if (examples.LabelOf(i) is string label)
                json.WriteString("label", label);
            if (detection.IsAnomaly?[place] is bool isAnomaly)
                json.WriteBoolean("is_anomaly", isAnomaly);
            json.WriteFinite("score", detection.Scores[place]);
            if (strangest.Explanations.Count > 0)
                WriteColumns(json, strangest.Explanations[i]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (strangest.Explanations.Count > 0)
            WriteCurves(json, run, strangest.Explanations);
        else
            WriteHeat(json, strangest);
    }

    private static void WriteColumns(Utf8JsonWriter json, AnomalyExplanation explanation)
    {
        json.WriteStartArray("columns");
        foreach (ColumnContribution column in explanation.Largest(MostColumns))
        {
            json.WriteStartObject();
            json.WriteNumber("column", column.Column);
            json.WriteString("name", column.Name);
            WriteCell(json, "given", column.Given);
            WriteCell(json, "expected", column.Expected);
            json.WriteFinite("part", column.Contribution);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("columns_in_all", explanation.Columns.Count);
        json.WriteFinite("parts_in_all", explanation.Columns.Sum(column => column.Contribution));
    }

    private static void WriteCell(Utf8JsonWriter json, string name, ColumnValue cell)
    {
        if (cell.IsMissing)
            json.WriteNull(name);
        else if (cell.Text is null && double.IsFinite(cell.Number))
            json.WriteNumber(name, cell.Number);
        else
            json.WriteString(name, cell.Text ?? (cell.Number > 0 ? "∞" : "−∞"));
    }

    /// <summary>
    /// (n, columns) of strange rows whole, for curves where columns have no names: what they have, what is normal for them, and each
    /// number's part.
    /// </summary>
    private static void WriteCurves(Utf8JsonWriter json, RunReport run, IReadOnlyList<AnomalyExplanation> explanations)
    {
        IEnumerable<ColumnContribution> all = explanations.SelectMany(explanation => explanation.Columns);
        int columns = explanations[0].Columns.Count;
        bool areNamed = run.Model!.Pipeline.ColumnNames.Count > 0 || all.Any(column => column.Given.Text is not null);
        if (areNamed || columns <= MostColumns || 3L * columns * explanations.Count > MostCurveNumbers * run.Share)
            return;
        json.WriteStartObject("curves");
        json.WriteSingle("given", [.. all.Select(column => (float)column.Given.Number)]);
        json.WriteSingle("expected", [.. all.Select(column => (float)column.Expected.Number)]);
        json.WriteSingle("parts", [.. all.Select(column => (float)column.Contribution)]);
        json.WriteEndObject();
    }

    /// <summary>Pictures as bytes, and heat as places on the scale of colours.</summary>
    private static void WriteHeat(Utf8JsonWriter json, StrangeExamples strangest)
    {
        byte[] bytes = Array.ConvertAll(strangest.Pictures, PixelBytes.Of);
        json.WriteStartObject("heat");
        json.WriteNumber("hottest", strangest.Hottest);
        json.WritePacked("originals", bytes[..(bytes.Length / 2)]);
        json.WritePacked("expected", bytes[(bytes.Length / 2)..]);
        json.WritePacked("shades", Array.ConvertAll(strangest.Heat, part => (byte)(part < 1 ? Shades * Math.Max(part, 0) : Shades - 1)));
        json.WriteEndObject();
    }
}
