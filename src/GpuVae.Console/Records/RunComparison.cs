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

    /// <summary>What names of settings take of a line.</summary>
    private const int NameWidth = 16;

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
                Console.Out.WriteLine(TextTable.Printable($"{name}  {path}"));
            }

            Console.Out.WriteLine();
        }

        if (_different.Count == 0)
        {
            WrappedText.WriteLine("the runs have the same settings");
        }

        WriteSettings(names);
        WriteFigures("best", names, run => run.Best);
        // Of runs that ended with their best epochs it would be the same again.
        if (runs.Any(run => run.Best != run.Last))
        {
            WriteFigures("last", names, run => run.Last);
        }

        if (runs.All(run => run.Last is null))
        {
            return;
        }

        Console.Out.WriteLine();
        string[] examples = [.. runs.Select(run => run.Example).OfType<string>().Distinct()];
        WrappedText.WriteLine($"losses, reconstruction and kl in nats per {(examples is [string one] ? one : "example")}");
        if (LossMeaning.Sentence(_different) is string sentence)
        {
            WrappedText.WriteLine(sentence);
        }
    }

    /// <summary>Prints the settings that differ: short values in a table, and below it long ones, each on a line of its own.</summary>
    private void WriteSettings(string[] names)
    {
        string[] Values(Setting setting) => [.. runs.Select(run => setting.Text(run.Configuration!))];
        int longest = (Terminal.TableWidth - NameWidth) / 2;
        ILookup<bool, Setting> settings = _different.ToLookup(setting => Values(setting).Max(value => value.Length) > longest);
        if (settings[false].Any())
        {
            TextTable.WriteInParts(["setting", .. names], [.. settings[false].Select(setting => (string[])[setting.Key, .. Values(setting)])]);
        }

        bool isFirst = !settings[false].Any();
        foreach (Setting setting in settings[true])
        {
            if (!isFirst)
            {
                Console.Out.WriteLine();
            }

            isFirst = false;
            Console.Out.WriteLine(setting.Key);
            foreach ((string name, string value) in names.Zip(Values(setting)))
            {
                WrappedText.WriteBehind(TextTable.Printable($"  {name}  "), TextTable.Printable(value));
            }
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

        ComparedFigure[] compared = Array.ConvertAll(
            figures, name => new ComparedFigure(name, Array.ConvertAll(epochs, epoch => epoch?.Figure(name))));
        string[] epochRow = ["epoch", .. epochs.Select(epoch => epoch is null ? "–" : ReportText.Text($"{epoch.Epoch}"))];
        string[] headings = [which, .. names];
        List<string[]> values = [epochRow, .. compared.Select((figure, i) => (string[])[figures[i], .. figure.Values])];
        string[] withDifferences = [.. headings, .. names.Skip(1).Select(name => epochs.Length == 2 ? "difference" : $"{name} − {names[0]}")];
        List<string[]> rows =
        [
            [.. epochRow, .. names.Skip(1).Select(_ => "")],
            .. compared.Select((figure, i) => (string[])[.. values[i + 1], .. figure.Differences]),
        ];
        int[] numbers = [.. Enumerable.Range(1, withDifferences.Length - 1)];
        if (TextTable.Fits(withDifferences, rows, Terminal.TableWidth, numbers))
        {
            TextTable.Write(withDifferences, rows, numbers);
            return;
        }

        // Side by side they would be too wide.
        TextTable.WriteInParts(headings, values, numbers);
        Console.Out.WriteLine();
        TextTable.WriteInParts(
            [$"{which} − {names[0]}", .. names.Skip(1)], [.. compared.Select((figure, i) => (string[])[figures[i], .. figure.Differences])], numbers);
    }

    private static IEnumerable<KeyValuePair<string, double>> Figures(EpochMetrics? epoch) =>
        epoch?.Figures.Where(figure => !_left.Contains(figure.Key)) ?? [];
}
