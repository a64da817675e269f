using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using System.Text.Json;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae runs</c>: a table of the runs in a folder.</summary>
internal sealed class RunsCommand : Verb
{
    private const string Root = "runs";

    /// <summary>Keys that have a column whatever is asked for.</summary>
    private static readonly string[] _shown =
        ["run", "preset", "data", "epochs", "epochs_done", "test_loss", "best_epoch", "epoch", "time"];

    private readonly Argument<string?> _folder;
    private readonly Option<string?> _sort;
    private readonly Option<string[]> _where;

    /// <summary>The verb.</summary>
    public RunsCommand()
        : this(
            new Argument<string?>("FOLDER")
            {
                Arity = ArgumentArity.ZeroOrOne,
                Description = $"Folder that holds runs, in it or in its folders. Default: {Root}.",
            },
            OptionValue.Text(
                "--sort", "KEY",
                "Sorts by a setting of config.json, a figure of metrics.jsonl at the best epoch, or epochs_done, best_epoch, time or "
                + "run, the smallest first; -KEY the largest first. Default: the newest first."),
            new Option<string[]>("--where")
            {
                HelpName = "CONDITION",
                Description = "Only runs with KEY=VALUE, KEY!=VALUE, 'KEY<NUMBER', '<=', '>' or '>='; given again, with all of them. "
                    + "Default: all runs.",
            })
    {
    }

    private RunsCommand(Argument<string?> folder, Option<string?> sort, Option<string[]> where)
        : base(
            "runs",
            "Lists the runs in a folder.",
            "Lists runs with what they came to. The best epoch is the one whose weights best.safetensors holds; time is that of "
            + "training alone. A run that is damaged, or was stopped before its first epoch, is listed with what is wrong.",
            [new OptionGroup("Options", [sort, where, new JsonOption()])])
    {
        (_folder, _sort, _where) = (folder, sort, where);
        sort.CompletionSources.Add(_ => RunKey.Names.Concat(Settings.All.Select(setting => setting.Key)).Select(name => new CompletionItem(name)));
        Add(folder);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae runs", "Those in runs/, the newest first."),
        new("gpuvae runs --sort test_loss --where data=mnist --where 'latent<=20'", "The best of some."),
        new("gpuvae runs sweeps --json -", "Everything about them, for a program."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        string folder = line.GetValue(_folder) ?? Root;
        IReadOnlyList<RunRecord> all = RunRecord.FindAll(folder);
        RunCondition[] conditions =
            [.. (line.GetValue(_where) ?? []).Select(typed => RunCondition.Parse(_where.Name, typed, all))];
        string? typedKey = line.GetValue(_sort);
        RunKey? key = typedKey is null ? null : RunKey.Find(_sort.Name, typedKey, all);
        RunRecord[] runs =
        [
            .. Sorted(
                all.Where(run => Array.TrueForAll(conditions, condition => condition.Holds(run))), key,
                isDescending: typedKey?.StartsWith('-') == true),
        ];

        RunKey[] others =
        [
            .. conditions.Select(condition => condition.Key).Concat(key is null ? [] : [key])
                .Where(each => !_shown.Contains(each.Name)).DistinctBy(each => each.Name),
        ];
        bool isRelative = false;
        if (runs.Length > 0)
        {
            var table = new RunsTable(runs, folder, others);
            table.Write(Terminal.TableWidth);
            isRelative = table.IsRelative;
            Console.Out.WriteLine();
        }

        else if (all.Count > 0)
        {
            SayWhy(conditions, all);
        }

        string count = ReportText.Text($"{runs.Length:N0} run{(runs.Length == 1 ? "" : "s")}");
        WrappedText.WriteLine(
            (runs.Length == all.Count ? count : ReportText.Text($"{count} of {all.Count:N0}")) + $" in {folder}"
            + (isRelative ? ", where these paths begin" : ""));
        WriteFigures(line, json => Write(json, runs));
        return ExitCode.Done;
    }

    /// <summary>Says which conditions no run fulfils, in the place of an empty table.</summary>
    private static void SayWhy(RunCondition[] conditions, IReadOnlyList<RunRecord> all)
    {
        string[] reasons = [.. conditions.Select(condition => condition.WhyNone(all)).OfType<string>().Distinct()];
        foreach (string reason in reasons.DefaultIfEmpty("each of these conditions holds for some runs, and all together for none"))
        {
            WrappedText.WriteLine(TextTable.Printable(reason));
        }
    }

    private static IEnumerable<RunRecord> Sorted(IEnumerable<RunRecord> runs, RunKey? key, bool isDescending)
    {
        if (key is null)
        {
            return runs.OrderByDescending(run => run.Changed);
        }

        // A run without a value comes last either way.
        var order = Comparer<string?>.Create((one, other) =>
            (isDescending && one is not null && other is not null ? -1 : 1) * RunKey.Compare(one, other));
        return runs.OrderBy(key.Read, order);
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<RunRecord> runs)
    {
        json.WriteStartArray();
        foreach (RunRecord run in runs)
        {
            json.WriteStartObject();
            RunFigures.Write(json, run);
            json.WriteString("changed", run.Changed.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            json.WriteString("note", RunsTable.Note(run));
            json.WriteStartObject("settings");
            foreach (Setting setting in Settings.InJson.Where(each => run.Configuration is not null && each.IsOption))
            {
                setting.WriteJson(json, run.Configuration!);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
