using System.Globalization;
using System.Text.Json;
using GpuVae.Data;
using GpuVae.Imaging;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>
/// What a sweep came to: a row for each combination of values, over which seeds are averaged, and a line of
/// <c>sweep.csv</c> for each run. Figures are those of the epoch with the least test loss, in nats per example.
/// </summary>
/// <param name="axes">The settings of several values, a seed last.</param>
/// <param name="outcomes">What the runs came to, those of a combination next to each other.</param>
internal sealed class SweepTable(IReadOnlyList<SweepAxis> axes, IReadOnlyList<SweepOutcome> outcomes)
{
    /// <summary>Settings that change what a loss is the loss of.</summary>
    private static readonly string[] _measures =
    [
        nameof(RunConfiguration.Beta), nameof(RunConfiguration.Likelihood), nameof(RunConfiguration.Sigma), nameof(RunConfiguration.Objective),
        nameof(RunConfiguration.Samples), nameof(RunConfiguration.WarmUp), nameof(RunConfiguration.FreeBits), nameof(RunConfiguration.Ssim),
        nameof(RunConfiguration.SsimScales), nameof(RunConfiguration.Preset), nameof(RunConfiguration.Code),
    ];

    private bool HasSeeds => axes[^1].Setting.Name == nameof(RunConfiguration.Seed);

    /// <summary>The axes that rows differ in.</summary>
    private IReadOnlyList<SweepAxis> Shown => HasSeeds ? [.. axes.SkipLast(1)] : axes;

    /// <summary>Options whose values make losses of runs measure different things, so that the least is not the best.</summary>
    /// <param name="axes">The settings of several values.</param>
    public static IReadOnlyList<string> Incomparable(IReadOnlyList<SweepAxis> axes) =>
    [
        .. axes.Where(axis => _measures.Contains(axis.Setting.Name) || axis.Setting.Group == SettingGroup.Data).Select(axis => axis.Setting.Option),
    ];

    /// <summary>Combinations of values but for the seed, each with its runs.</summary>
    public IEnumerable<(string[] Values, SweepOutcome[] Runs)> Groups => outcomes
        .GroupBy(outcome => string.Join('\n', outcome.Point.Values.Take(Shown.Count)))
        .Select(group => (group.First().Point.Values.Take(Shown.Count).ToArray(), group.ToArray()));

    /// <summary>Writes the table to stdout, and behind it what has the least loss where losses compare.</summary>
    public void Write()
    {
        bool hasPrior = outcomes.Any(outcome => outcome.HasPrior);
        string[] figures = hasPrior ? ["test loss", "reconstruction", "KL"] : ["test loss"];
        string[] headings = [.. Shown.Select(axis => axis.Setting.Option[2..]), "runs", .. figures];
        List<string[]> rows = [];
        foreach ((string[] values, SweepOutcome[] runs) in Groups)
        {
            EpochMetrics[] best = [.. runs.Select(run => run.Best).OfType<EpochMetrics>()];
            string count = ReportText.Text($"{runs.Length}") + Among(runs, SweepStatus.Diverged) + Among(runs, SweepStatus.Dropped);
            string[] cells = hasPrior
                ? [Mean(best, epoch => epoch.TestLoss), Mean(best, epoch => epoch.Reconstruction), Mean(best, epoch => epoch.Kl)]
                : [Mean(best, epoch => epoch.TestLoss)];
            rows.Add([.. values, count, .. cells]);
        }

        TextTable.Write(headings, rows, [.. Enumerable.Range(Shown.Count + 1, figures.Length)]);
        if (HasSeeds)
        {
            WrappedText.WriteLine(ReportText.Text($"mean ± standard deviation over the seeds; epochs of the least test loss"));
        }

        if (Incomparable(axes) is { Count: > 0 } options)
        {
            WrappedText.WriteLine($"losses of different {string.Join(", ", options)} measure different things, and the least is not the best");
        }
    }

    /// <summary>Writes <c>sweep.csv</c>: the values, how the run ended, its figures, its folder. Times are in the runs.</summary>
    /// <param name="path">The file, which is replaced whole or not at all.</param>
    /// <exception cref="UserException">It cannot be written.</exception>
    public void WriteCsv(string path)
    {
        Csv.Write(
            path,
            [.. axes.Select(axis => axis.Setting.Key), "status", "epoch", "test_loss", "reconstruction", "kl", "run"],
            outcomes.Select(outcome => (string[])
            [
                .. outcome.Point.Values, JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.Status.ToString()), Number(outcome.Best?.Epoch),
                Number(outcome.Best?.TestLoss), Number(outcome.Best?.Reconstruction), Number(outcome.Best?.Kl), outcome.Point.Name,
            ]));
    }

    /// <summary>Writes <c>sweep.png</c>: test losses over the values of the first setting, a line for each choice of the others.</summary>
    /// <param name="path">The file, which is replaced whole or not at all.</param>
    /// <param name="example">What an example is called.</param>
    /// <exception cref="UserException">It cannot be written.</exception>
    public void WritePlot(string path, string example)
    {
        // Of runs that differ in their seeds alone, these are what stands below the axis.
        SweepAxis first = axes[0];
        IEnumerable<IGrouping<string, SweepOutcome>> lines = outcomes.GroupBy(
            outcome => string.Join(", ", Shown.Skip(1).Zip(outcome.Point.Values.Skip(1)).Select(pair => $"{pair.First.Setting.Option[2..]} {pair.Second}")));
        SweepPlot.Write(
            path, first.Setting.Option[2..], first.Values,
            [.. lines.Select(line => (line.Key, Figures: Figures(first, line)))], "Test loss", $"nats per {example}");
    }

    private static IReadOnlyList<IReadOnlyList<double>> Figures(SweepAxis first, IEnumerable<SweepOutcome> line)
    {
        ILookup<string, double> losses = line.ToLookup(
            outcome => outcome.Point.Values[0], outcome => outcome.Best?.TestLoss ?? double.NaN);
        return [.. first.Values.Select(value => (IReadOnlyList<double>)[.. losses[value]])];
    }

    /// <summary>The mean of a figure, and its standard deviation where there are several runs: Σ(x − x̄)² / (n − 1).</summary>
    internal static string Mean(IReadOnlyList<EpochMetrics> epochs, Func<EpochMetrics, double> figure)
    {
        double[] values = [.. epochs.Select(figure)];
        if (values.Length == 0)
        {
            return "–";
        }

        double mean = values.Average();
        double deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
        return ReportText.Loss(mean) + (values.Length == 1 ? "" : ReportText.Text($" ± {deviation:F2}"));
    }

    private static string Among(SweepOutcome[] runs, SweepStatus status) => runs.Count(run => run.Status == status) is > 0 and int count
        ? ReportText.Text($", {count} {status.ToString().ToLowerInvariant()}")
        : "";

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
