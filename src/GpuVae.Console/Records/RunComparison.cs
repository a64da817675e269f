using System.Text.Json;
using GpuVae.Files;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>What tells runs apart: settings that differ, and figures with their differences from the first run.</summary>
/// <param name="runs">At least two, whole ones.</param>
internal sealed class RunComparison(IReadOnlyList<RunRecord> runs)
{
    /// <summary>Figures that are the machine's and not the model's, or stand in the heading.</summary>
    private static readonly string[] _left = ["epoch", "seconds", "images_per_second"];

    private const int LongestNames = 24;

    private readonly IReadOnlyList<Setting> _different = Settings.Differing([.. runs.Select(run => run.Configuration!)]);

    /// <summary>Prints it.</summary>
    public void Write()
    {
        // Long names would be wider than a terminal: letters stand for them.
        string[] paths = [.. runs.Select(run => run.FullPath)];
        bool hasLetters = paths.Sum(path => path.Length) > LongestNames;
        string[] names = hasLetters ? [.. paths.Select((_, i) => $"{(char)('A' + i)}")] : paths;
        if (hasLetters)
        {
            foreach ((string name, string path) in names.Zip(paths))
            {
                Console.Out.WriteLine($"{name}  {path}");
            }

            Console.Out.WriteLine();
        }

        if (_different.Count == 0)
        {
            WrappedText.WriteLine("the runs have the same settings");
        }
        else
        {
            TextTable.Write(
                ["setting", .. names],
                [.. _different.Select(setting => (string[])[setting.Key, .. runs.Select(run => setting.Text(run.Configuration!))])]);
        }

        WriteFigures("best", names, run => run.Best);
        // Of runs that ended with their best epochs it would be the same again.
        if (runs.Any(run => run.Best != run.Last))
        {
            WriteFigures("last", names, run => run.Last);
        }

        if (LossMeaning.Sentence(_different) is string sentence)
        {
            Console.Out.WriteLine();
            WrappedText.WriteLine(sentence);
        }
    }

    /// <summary>Writes it as one object.</summary>
    /// <param name="json">Takes it.</param>
    /// <param name="picture">File of their pictures, or null.</param>
    public void WriteTo(Utf8JsonWriter json, string? picture)
    {
        json.WriteStartObject();
        json.WriteStartArray("runs");
        foreach (RunRecord run in runs)
        {
            json.WriteStartObject();
            RunFigures.Write(json, run);
            json.WriteStartObject("settings");
            foreach (Setting setting in _different)
            {
                setting.WriteJson(json, run.Configuration!);
            }

            json.WriteEndObject();
            WriteDifferences(json, "best_difference", run.Best, runs[0].Best);
            WriteDifferences(json, "last_difference", run.Last, runs[0].Last);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("picture", picture);
        json.WriteEndObject();
    }

    private static void WriteDifferences(Utf8JsonWriter json, string name, EpochMetrics? epoch, EpochMetrics? first)
    {
        json.WriteStartObject(name);
        foreach ((string figure, double value) in Figures(epoch))
        {
            if (first?.Figure(figure) is double other)
            {
                json.WriteFinite(figure, value - other);
            }
        }

        json.WriteEndObject();
    }

    private void WriteFigures(string which, string[] names, Func<RunRecord, EpochMetrics?> choose)
    {
        EpochMetrics?[] epochs = [.. runs.Select(choose)];
        string[] figures = [.. epochs.SelectMany(Figures).Select(figure => figure.Key).Distinct()];
        Console.Out.WriteLine();
        if (figures.Length == 0)
        {
            WrappedText.WriteLine("no epoch of these runs was measured");
            return;
        }

        string[] headings = [which, .. names, .. names.Skip(1).Select(name => epochs.Length == 2 ? "difference" : $"{name} − {names[0]}")];
        string[] Row(string figure)
        {
            double?[] values = Array.ConvertAll(epochs, epoch => epoch?.Figure(figure));
            return
            [
                figure, .. values.Select(value => value is double number ? Number(number) : "–"),
                .. values.Skip(1).Select(value => value - values[0] is double difference ? Signed(difference) : "–"),
            ];
        }

        string[] epochRow =
        [
            "epoch", .. epochs.Select(epoch => epoch is null ? "–" : ReportText.Text($"{epoch.Epoch}")), .. epochs.Skip(1).Select(_ => ""),
        ];
        TextTable.Write(headings, [epochRow, .. figures.Select(Row)], numbers: [.. Enumerable.Range(1, headings.Length - 1)]);
    }

    private static IEnumerable<KeyValuePair<string, double>> Figures(EpochMetrics? epoch) =>
        epoch?.Figures.Where(figure => !_left.Contains(figure.Key)) ?? [];

    private static string Number(double value) => ReportText.Text($"{value:G6}");

    private static string Signed(double value) =>
        value == 0 ? "0" : value > 0 ? ReportText.Text($"+{value:G3}") : ReportText.Text($"−{-value:G3}");
}
