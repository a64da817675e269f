using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GpuVae.Detection;
using GpuVae.Files;
using GpuVae.Runs;

namespace GpuVae.AspNetCore;

/// <summary>
/// The OpenAPI 3.1 document of the endpoints with the columns of the current detector: their names, whether they take numbers or
/// which words, whether a cell may be missing.
/// </summary>
internal static class OpenApiText
{
    // Columns of pictures and long series have no names that would help.
    private const int MostNamedColumns = 512;

    private const string Finite = "A number; null where it is infinite.";

    private static readonly JsonWriterOptions _format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes it.</summary>
    /// <param name="loaded">Whose columns.</param>
    /// <param name="options">Whose limits.</param>
    /// <param name="prefix">What stands before the paths.</param>
    public static string Write(LoadedDetector loaded, AnomalyServiceOptions options, string prefix)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, _format))
        {
            json.WriteStartObject();
            json.WriteString("openapi", "3.1.0");
            json.WriteStartObject("info");
            json.WriteString("title", "GpuVae anomaly detector");
            json.WriteString("version", RunConfiguration.Version);
            json.WriteEndObject();
            json.WriteStartObject("paths");
            WritePost(json, loaded, $"{prefix}/score", "Scores rows", "Rows", "Verdict", options);
            WritePost(
                json, loaded, $"{prefix}/explain", "Scores rows, and says which columns make the scores", "Rows", "Explanation", options);
            WritePost(json, loaded, $"{prefix}/encode", "Gives the codes of rows", "Rows", "Code", options);
            WritePost(json, loaded, $"{prefix}/decode", "Gives the rows of codes", "Codes", "Decoded", options);
            WriteGet(json, $"{prefix}/health", "Says whether the newest file of the detector answers", "application/json");
            WriteGet(json, $"{prefix}/metrics", "Counts of requests, rows and times, as Prometheus reads them", "text/plain");
            WriteGet(json, $"{prefix}/openapi.json", "This document", "application/json");
            json.WriteEndObject();
            json.WriteStartObject("components");
            json.WriteStartObject("schemas");
            WriteInputs(json, loaded, options);
            WriteOutputs(json, loaded.Detector);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WritePost(
        Utf8JsonWriter json, LoadedDetector loaded, string path, string summary, string input, string output, AnomalyServiceOptions options)
    {
        json.WriteStartObject(path);
        json.WriteStartObject("post");
        json.WriteString("summary", summary);
        json.WriteString("operationId", path[(path.LastIndexOf('/') + 1)..]);
        json.WriteStartObject("requestBody");
        json.WriteBoolean("required", true);
        json.WriteStartObject("content");
        WriteContent(json, "application/json", () => json.WriteString("$ref", $"#/components/schemas/{input}"));
        if (input == "Rows")
        {
            WriteContent(json, "text/csv", () => json.WriteString("type", "string"));
            if (loaded.IsOfPictures)
                WriteContent(json, "image/png", () => json.WriteString("contentMediaType", "image/png"));
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("responses");
        json.WriteStartObject("200");
        json.WriteString("description", "An object for one row, a list for a list of rows and for CSV.");
        json.WriteStartObject("content");
        WriteContent(json, "application/json", () => WriteOneOrMany(json, "anyOf", output, null));
        json.WriteEndObject();
        json.WriteEndObject();
        WriteProblem(json, "400", "The rows cannot be read, or are not those of the detector: the detail says which row and column.");
        WriteProblem(json, "413", FormattableString.Invariant($"More than {options.MaxBodyBytes} bytes or {options.MaxRows} rows."));
        WriteProblem(json, "415", "The body is of a type that is not taken.");
        if (options.RequestsPerSecond is not null)
            WriteProblem(json, "429", FormattableString.Invariant($"More than {options.RequestsPerSecond} requests in a second."));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteGet(Utf8JsonWriter json, string path, string summary, string type)
    {
        json.WriteStartObject(path);
        json.WriteStartObject("get");
        json.WriteString("summary", summary);
        json.WriteStartObject("responses");
        json.WriteStartObject("200");
        json.WriteString("description", summary);
        json.WriteStartObject("content");
        WriteContent(json, type, () => json.WriteString("type", type == "application/json" ? "object" : "string"));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter json, string type, Action writeSchema)
    {
        json.WriteStartObject(type);
        json.WriteStartObject("schema");
        writeSchema();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteProblem(Utf8JsonWriter json, string status, string description)
    {
        json.WriteStartObject(status);
        json.WriteString("description", description);
        json.WriteStartObject("content");
        WriteContent(json, Problem.ContentType, () => json.WriteString("$ref", "#/components/schemas/Problem"));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteOneOrMany(Utf8JsonWriter json, string word, string schema, int? most)
    {
        json.WriteStartArray(word);
        WriteReference(json, schema);
        json.WriteStartObject();
        json.WriteString("type", "array");
        if (most is int count)
        {
            json.WriteNumber("minItems", 1);
            json.WriteNumber("maxItems", count);
        }
        json.WritePropertyName("items");
        WriteReference(json, schema);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteReference(Utf8JsonWriter json, string schema)
    {
        json.WriteStartObject();
        json.WriteString("$ref", $"#/components/schemas/{schema}");
        json.WriteEndObject();
    }

    private static void WriteInputs(Utf8JsonWriter json, LoadedDetector loaded, AnomalyServiceOptions options)
    {
        AnomalyDetector detector = loaded.Detector;
        json.WriteStartObject("Rows");
        WriteOneOrMany(json, "anyOf", "Row", options.MaxRows);
        json.WriteEndObject();
        json.WriteStartObject("Row");
        json.WriteStartArray("anyOf");
        json.WriteStartObject();
        json.WriteString("type", "array");
        json.WriteString("description", "A cell for each column, in the table's order; of pictures numbers from 0 to 1.");
        WriteLength(json, detector.Columns.Count);
        json.WriteEndObject();
        if (loaded.Places is not null && detector.Columns.Count <= MostNamedColumns)
            WriteNamedRow(json, detector.Columns);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("Codes");
        WriteOneOrMany(json, "anyOf", "CodeNumbers", options.MaxRows);
        json.WriteEndObject();
        json.WriteStartObject("CodeNumbers");
        WriteNumbers(json, detector.CodeUnits);
        json.WriteEndObject();
    }

    private static void WriteNamedRow(Utf8JsonWriter json, IReadOnlyList<DetectorColumn> columns)
    {
        json.WriteStartObject();
        json.WriteString("type", "object");
        json.WriteString("description", "A cell for each column, by its name.");
        json.WriteBoolean("additionalProperties", false);
        json.WriteTexts("required", columns.Select(column => column.Name));
        json.WriteStartObject("properties");
        foreach (DetectorColumn column in columns)
        {
            json.WriteStartObject(column.Name);
            json.WriteStartArray("type");
            json.WriteStringValue(column.IsOfWords ? "string" : "number");
            json.WriteStringValue("null");
            json.WriteEndArray();
            json.WriteString("description", column.TakesMissing ? "null for a missing cell." : "A missing cell, null, is an anomaly.");
            if (column.IsOfWords)
            {
                json.WriteTexts("examples", column.Levels.Where(word => word.Length > 0).Take(MostNamedColumns));
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteOutputs(Utf8JsonWriter json, AnomalyDetector detector)
    {
        json.WriteStartObject("Verdict");
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        WriteVerdict(json);
        json.WriteEndObject();
        json.WriteEndObject();

        json.WriteStartObject("Explanation");
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        WriteVerdict(json);
        WriteProperty(
            json, detector.Height > 1 ? "pixels" : "columns", "array",
            detector.Height > 1 ? "Each pixel's part of the score, by rows."
                : "Each column's part of the score, with what it has and what the model makes of it.");
        json.WriteEndObject();
        json.WriteEndObject();

        json.WriteStartObject("Code");
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        json.WriteStartObject("code");
        WriteNumbers(json, detector.CodeUnits);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();

        json.WriteStartObject("Decoded");
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        json.WriteStartObject("row");
        json.WriteString("type", "array");
        WriteLength(json, detector.Columns.Count);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();

        json.WriteStartObject("Problem");
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        WriteProperty(json, "title", "string", "The status in words.");
        WriteProperty(json, "status", "integer", "The answer's status.");
        WriteProperty(json, "detail", "string", "What is wrong, where, and what to do.");
        WriteProperty(json, "row", "integer", "The row that it is about, from 1.");
        WriteProperty(json, "column", "string", "The column that it is about.");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteVerdict(Utf8JsonWriter json)
    {
        WriteProperty(
            json, "score", "number", "In nats, at least 0; null for an impossible row, whose score is infinite.",
            isNullable: true);
        WriteProperty(json, "threshold", "number", $"In nats. {Finite}", isNullable: true);
        WriteProperty(json, "isAnomaly", "boolean", "Whether the score is above the threshold.");
        WriteProperty(
            json, "probability", "number", "The share of normal rows that score lower; null where nobody knows.",
            isNullable: true);
        WriteProperty(
            json, "impossibleColumn", "string", "The first column that the model gives no probability, such as a missing one; else null.",
            isNullable: true);
    }

    private static void WriteProperty(Utf8JsonWriter json, string name, string type, string description, bool isNullable = false)
    {
        json.WriteStartObject(name);
        if (isNullable)
        {
            json.WriteStartArray("type");
            json.WriteStringValue(type);
            json.WriteStringValue("null");
            json.WriteEndArray();
        }
        else
        {
            json.WriteString("type", type);
        }
        json.WriteString("description", description);
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, int count)
    {
        json.WriteString("type", "array");
        json.WriteStartObject("items");
        json.WriteString("type", "number");
        json.WriteEndObject();
        WriteLength(json, count);
    }

    private static void WriteLength(Utf8JsonWriter json, int count)
    {
        json.WriteNumber("minItems", count);
        json.WriteNumber("maxItems", count);
    }
}
