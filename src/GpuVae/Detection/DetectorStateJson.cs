using System.Text.Json;
using GpuVae.Files;

namespace GpuVae.Detection;

/// <summary>A <see cref="DetectorState"/> as JSON, both ways. A threshold of +∞ is null there.</summary>
internal static class DetectorStateJson
{
    private static readonly string[] _rules = ["quantile", "contamination", "deviations", "fixed"];

    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, DetectorState state)
    {
        json.WriteStartObject();
        json.WriteFinite("threshold", state.Threshold);
        json.WriteString("rule", _rules[(int)state.Rule.Kind]);
        json.WriteNumber("rule_value", state.Rule.Value);
        json.WriteNumber("training_rows", state.TrainingRows);
        json.WriteFinite("training_share_flagged", state.TrainingShareFlagged);
        json.WriteNumber("held_out_rows", state.HeldOutRows);
        json.WriteFinite("held_out_share_flagged", state.HeldOutShareFlagged);
        if (state.Calibration is ScoreCalibration calibration)
        {
            json.WriteStartObject("calibration");
            json.WriteBoolean("held_out", calibration.IsHeldOut);
            json.WriteNumber("rows", calibration.Rows);
            json.WriteNumber("tail_start", calibration.TailStart);
            json.WriteNumber("tail_mean", calibration.TailMean);
            json.WriteStartArray("quantiles");
            foreach (double quantile in calibration.Quantiles)
                json.WriteNumberValue(quantile);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="FormatException">It says what no detector can be.</exception>
    /// <exception cref="KeyNotFoundException">Something is not there.</exception>
    /// <exception cref="InvalidOperationException">Something is of another kind.</exception>
    public static DetectorState Read(JsonElement json)
    {
        JsonElement threshold = json.GetProperty("threshold");
        int rule = Array.IndexOf(_rules, json.GetProperty("rule").GetString());
        Require(rule >= 0);
        ScoreCalibration? calibration = json.TryGetProperty("calibration", out JsonElement known) ? ReadCalibration(known) : null;
        var state = new DetectorState(
            threshold.ValueKind == JsonValueKind.Null ? double.PositiveInfinity : threshold.GetDouble(),
            ThresholdRule.Checked((ThresholdKind)rule, json.GetProperty("rule_value").GetDouble()), calibration,
            json.GetProperty("training_rows").GetInt32(), ReadShare(json, "training_share_flagged"),
            json.GetProperty("held_out_rows").GetInt32(), ReadShare(json, "held_out_share_flagged"));
        Require(state.TrainingRows >= 0 && state.HeldOutRows >= 0);
        return state;
    }

    private static ScoreCalibration ReadCalibration(JsonElement json)
    {
        double[] quantiles = [.. json.GetProperty("quantiles").EnumerateArray().Select(quantile => quantile.GetDouble())];
        double tailStart = json.GetProperty("tail_start").GetDouble(), tailMean = json.GetProperty("tail_mean").GetDouble();
        Require(quantiles.Length is >= 2 and <= ScoreCalibration.MostQuantiles && quantiles.All(double.IsFinite));
        Require(quantiles.SequenceEqual(quantiles.Order()));
        Require(tailStart is >= 0.5 and < 1 && tailMean > 0 && double.IsFinite(tailMean));
        int rows = json.GetProperty("rows").GetInt32();
        Require(rows > 0);
        return new ScoreCalibration(json.GetProperty("held_out").GetBoolean(), rows, quantiles, tailStart, tailMean);
    }

    private static double? ReadShare(JsonElement json, string name)
    {
        JsonElement share = json.GetProperty(name);
        if (share.ValueKind == JsonValueKind.Null)
            return null;
        double value = share.GetDouble();
        Require(value is >= 0 and <= 1);
        return value;
    }

    private static void Require(bool holds)
    {
        if (!holds)
            throw new FormatException("No detector's description.");
    }
}
