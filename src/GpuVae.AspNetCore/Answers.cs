using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using GpuVae.Detection;
using GpuVae.Files;

namespace GpuVae.AspNetCore;

/// <summary>
/// Writes what a detector says as JSON, which knows neither infinity nor NaN: an infinite score, part of a score or threshold is
/// <c>null</c>, as is a probability that nobody knows; an infinite cell is <c>"Infinity"</c> or <c>"-Infinity"</c>, as in requests.
/// </summary>
internal static class Answers
{
    /// <summary>Letters of all languages, and quotes in problems, as they are: the answers are JSON and stand in no page.</summary>
    public static readonly JsonWriterOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A verdict as an object.</summary>
    public static void Write(Utf8JsonWriter json, in AnomalyVerdict verdict)
    {
        json.WriteStartObject();
        WriteProperties(json, verdict);
        json.WriteEndObject();
    }

    /// <summary>
    /// An explanation as an object: the verdict's properties, and each column's part; of pictures the parts of the pixels, by rows.
    /// </summary>
    public static void Write(Utf8JsonWriter json, AnomalyExplanation explanation, AnomalyDetector detector)
    {
        json.WriteStartObject();
        WriteProperties(json, explanation.Verdict);
        if (detector.Height > 1)
            WritePixels(json, explanation.Pixels(), detector);
        else
            WriteColumns(json, explanation, detector);
        json.WriteEndObject();
    }

    /// <summary>A code as an object.</summary>
    public static void WriteCode(Utf8JsonWriter json, float[] code)
    {
        json.WriteStartObject();
        json.WriteStartArray("code");
        foreach (float number in code)
            json.WriteNumberValue(number);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A row that a code was decoded to, as an object.</summary>
    public static void WriteRow(Utf8JsonWriter json, ColumnValue[] row)
    {
        json.WriteStartObject();
        json.WriteStartArray("row");
        foreach (ColumnValue cell in row)
            WriteCell(json, cell, isOfWords: cell.Text is not null);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteProperties(Utf8JsonWriter json, in AnomalyVerdict verdict)
    {
        json.WriteFinite("score", verdict.Score);
        json.WriteFinite("threshold", verdict.Threshold);
        json.WriteBoolean("isAnomaly", verdict.IsAnomaly);
        json.WriteFinite("probability", verdict.Probability);
        json.WriteString("impossibleColumn", verdict.ImpossibleColumn);
    }

    private static void WriteColumns(Utf8JsonWriter json, AnomalyExplanation explanation, AnomalyDetector detector)
    {
        json.WriteStartArray("columns");
        foreach (ColumnContribution column in explanation.Columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteFinite("contribution", column.Contribution);
            json.WritePropertyName("given");
            WriteCell(json, column.Given, detector.Columns[column.Column].IsOfWords);
            json.WritePropertyName("expected");
            WriteCell(json, column.Expected, detector.Columns[column.Column].IsOfWords);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WritePixels(Utf8JsonWriter json, double[] pixels, AnomalyDetector detector)
    {
        json.WriteStartArray("pixels");
        for (int i = 0; i < pixels.Length; i++)
        {
            if (i % detector.Width == 0)
                json.WriteStartArray();
            if (double.IsFinite(pixels[i]))
                json.WriteNumberValue(pixels[i]);
            else
                json.WriteNullValue();
            if ((i + 1) % detector.Width == 0)
                json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static void WriteCell(Utf8JsonWriter json, ColumnValue cell, bool isOfWords)
    {
        if (isOfWords && cell.Text is { Length: > 0 } word)
        {
            json.WriteStringValue(word);
            return;
        }
        // A cell of a CSV file is a text that stands for a number.
        double number = cell.Text is string text
            ? double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) ? parsed : double.NaN
            : cell.Number;
        if (double.IsFinite(number))
            json.WriteNumberValue(number);
        else if (double.IsInfinity(number))
            json.WriteStringValue(number > 0 ? "Infinity" : "-Infinity");
        else
            json.WriteNullValue();
    }
}
