using System.Globalization;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>
/// What runs are sorted and chosen by: a setting of <c>config.json</c>, a figure of the best epoch in <c>metrics.jsonl</c>, or a
/// column of the table.
/// </summary>
/// <param name="Name">As both files have it: <c>learning_rate</c>.</param>
/// <param name="Read">The value that a run has of it, or null.</param>
internal sealed record RunKey(string Name, Func<RunRecord, string?> Read)
{
    /// <summary>What runs can be sorted by whatever they are, but for settings.</summary>
    public static IEnumerable<string> Names =>
        _columns.Select(column => column.Name).Concat(new EpochMetrics(1, 0, 0, 0, 0, 0, 0).Figures.Select(figure => figure.Key)).Distinct();

    private static readonly RunKey[] _columns =
    [
        new("run", record => record.FullPath),
        new("epochs_done", record => record.Configuration is null ? null : Text(record.Last?.Epoch ?? 0)),
        new("best_epoch", record => record.Best is null ? null : Text(record.Best.Epoch)),
        new("time", record => record.Last is null ? null : Text(record.Seconds)),
    ];

    /// <summary>The key that was typed; dashes may stand for underscores.</summary>
    /// <param name="option">Where it was typed.</param>
    /// <param name="typed">What was typed.</param>
    /// <param name="runs">Whose figures there are.</param>
    /// <exception cref="UsageException">There is no such key.</exception>
    public static RunKey Find(string option, string typed, IReadOnlyList<RunRecord> runs)
    {
        string name = typed.TrimStart('-').Replace('-', '_');
        if (Array.Find(_columns, column => column.Name == name) is RunKey column)
        {
            return column;
        }

        if (Settings.Find(name) is Setting setting)
        {
            return new RunKey(name, record => record.Configuration is null ? null : TextOf(setting, record.Configuration));
        }

        HashSet<string> figures = [.. runs.SelectMany(run => run.Epochs).SelectMany(epoch => epoch.Figures).Select(figure => figure.Key)];
        if (figures.Contains(name))
        {
            return new RunKey(name, record => record.Best?.Figure(name) is double figure && !double.IsNaN(figure) ? Text(figure) : null);
        }

        IEnumerable<string> known = _columns.Select(each => each.Name).Concat(figures).Concat(Settings.All.Select(each => each.Key));
        throw new UsageException(
            $"{option} {typed}: no setting of config.json and no figure of these runs"
            + (ClosestName.Of(name, known) is string near ? $"; did you mean {near}?" : "; gpuvae train --help lists the settings"));
    }

    /// <summary>The order of two values: numbers as such, before texts, and a value that is missing behind both.</summary>
    public static int Compare(string? one, string? other) => (one, other) switch
    {
        (null, null) => 0,
        (null, _) => 1,
        (_, null) => -1,
        _ => (Number(one), Number(other)) switch
        {
            (double first, double second) => first.CompareTo(second),
            (double, null) => -1,
            (null, double) => 1,
            _ => string.CompareOrdinal(one, other),
        },
    };

    /// <summary>The number that a text is, however it is written; null for another text.</summary>
    public static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;

    /// <summary>A value as a person reads it: of a long number as many digits as matter.</summary>
    public static string Shown(string text) => text.Contains('.', StringComparison.Ordinal) && Number(text) is double number
        ? ReportText.Text($"{number:G6}")
        : text;

    private static string? TextOf(Setting setting, RunConfiguration configuration) =>
        setting.Read(configuration) is null ? null : setting.Text(configuration);

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
