using System.Text.Json;
using GpuVae.Files;
using GpuVae.Reproductions;

namespace GpuVae.CommandLine;

/// <summary>What <c>reproduce</c> prints, for programs.</summary>
internal static class ReproduceFigures
{
    /// <summary>Writes what can be reproduced.</summary>
    public static void WriteList(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (IReadOnlyList<string> each in (IReadOnlyList<string>[])
            [.. PublishedSettings.All.Select(each => (string[])[each.Name, each.Summary, each.Source]), AnomalyBenchmarkReport.Summary])
        {
            json.WriteStartObject();
            json.WriteString("name", each[0]);
            json.WriteString("summary", each[1]);
            json.WriteString("source", each[2]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes our numbers beside the published ones.</summary>
    /// <param name="json">Takes them.</param>
    /// <param name="setting">What was trained.</param>
    /// <param name="comparisons">The numbers.</param>
    /// <param name="folder">The run.</param>
    public static void Write(Utf8JsonWriter json, PublishedSetting setting, IReadOnlyList<Comparison> comparisons, string folder)
    {
        json.WriteStartObject();
        json.WriteString("name", setting.Name);
        json.WriteString("source", setting.Source);
        json.WriteString("run", folder);
        json.WriteStartArray("figures");
        foreach (Comparison row in comparisons)
        {
            json.WriteStartObject();
            json.WriteString("figure", row.Quantity);
            json.WriteFinite("ours", row.Measured);
            Write(json, "published", row.Published);
            Write(json, row.IsAtMost ? "at_most" : "at_least", row.Bound);
            if (row.IsMet is bool isMet)
            {
                json.WriteBoolean("kept", isMet);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes the areas under the ROC curve of ADBench's tables, in per cent as published.</summary>
    /// <param name="json">Takes them.</param>
    /// <param name="setting">What training saw.</param>
    /// <param name="seeds">How many, from 0.</param>
    /// <param name="rows">The tables.</param>
    public static void Write(Utf8JsonWriter json, AnomalyBenchmarkSetting setting, int seeds, IReadOnlyList<AnomalyBenchmarkRow> rows)
    {
        json.WriteStartObject();
        json.WriteString("name", AnomalyBenchmarkReport.Name);
        json.WriteString("setting", JsonNamingPolicy.SnakeCaseLower.ConvertName($"{setting}"));
        json.WriteNumber("seeds", seeds);
        json.WriteStartArray("tables");
        foreach (AnomalyBenchmarkRow row in rows)
        {
            json.WriteStartObject();
            json.WriteString("table", row.Name);
            json.WriteNumber("rows", row.Rows);
            json.WriteNumber("columns", row.Columns);
            json.WriteNumber("anomalies", row.Anomalies);
            json.WriteNumbers("ours", row.RocAuc);
            json.WriteNumbers("pca", row.PrincipalComponents);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("published");
        foreach ((string method, double area) in AnomalyBenchmark.Published(setting))
        {
            json.WriteFinite(method, area);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
    {
        if (value is double number)
        {
            json.WriteFinite(name, number);
        }
    }
}
