using System.Globalization;
using System.Text.Json;
using GpuVae.Data;
using GpuVae.Files;
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
    private bool HasSeeds => axes[^1].Setting.Name == nameof(RunConfiguration.Seed);

    /// <summary>The axes that rows differ in.</summary>
    private IReadOnlyList<SweepAxis> Shown => HasSeeds ? [.. axes.SkipLast(1)] : axes;

    /// <summary>Combinations of values but for the seed, each with its runs.</summary>
    public IEnumerable<(string[] Values, SweepOutcome[] Runs)> Groups => outcomes
        .GroupBy(outcome => string.Join('\n', outcome.Point.Values.Take(Shown.Count)))
        .Select(group => (group.First().Point.Values.Take(Shown.Count).ToArray(), group.ToArray()));

    /// <summary>Writes the table to stdout; where it is too wide without the parts of the loss, which the file has.</summary>
    /// <param name="width">Columns that lines may take.</param>
    public void Write(int width)
    {
        (string[] headings, List<string[]> rows) = Cells(outcomes.Any(outcome => outcome.HasPrior));
        int[] numbers = [.. Enumerable.Range(Shown.Count + 1, headings.Length - Shown.Count - 1)];
        bool isTooWide = numbers.Length > 1 && !TextTable.Fits(headings, rows, width, numbers);
        if (isTooWide)
        {
            (headings, rows) = Cells(hasPrior: false);
            numbers = [Shown.Count + 1];
        }

        TextTable.Write(headings, rows, numbers);
        if (HasSeeds)
        {
            WrappedText.WriteLine("mean ± standard deviation over the seeds; epochs of the least test loss");
        }

        if (isTooWide)
        {
            WrappedText.WriteLine("reconstruction and KL stand in sweep.csv");
        }

        if (LossMeaning.Sentence(axes.Select(axis => axis.Setting)) is string sentence)
        {
            WrappedText.WriteLine(sentence);
        }
    }

    private (string[] Headings, List<string[]> Rows) Cells(bool hasPrior)
    {
        string[] figures = hasPrior ? ["test loss", "reconstruction", "KL"] : ["test loss"];
        string[] headings = [.. Shown.Select(axis => axis.Setting.Option[2..]), "runs", .. figures];
        List<string[]> rows = [];
        foreach ((string[] values, SweepOutcome[] runs) in Groups)
        {
            EpochMetrics[] best = [.. runs.Select(run => run.Best).OfType<EpochMetrics>()];
            string count = ReportText.Text($"{runs.Length}") + Among(runs, SweepStatus.Diverged) + Among(runs, SweepStatus.Dropped) + Among(runs, SweepStatus.OutOfTime);
            string[] cells = hasPrior
                ? [Mean(best, epoch => epoch.TestLoss), Mean(best, epoch => epoch.Reconstruction), Mean(best, epoch => epoch.Kl)]
                : [Mean(best, epoch => epoch.TestLoss)];
            rows.Add([.. values, count, .. cells]);
        }

        return (headings, rows);
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
                .. outcome.Point.Values, StatusName(outcome.Status), Number(outcome.Best?.Epoch),
                Number(outcome.Best?.TestLoss), Number(outcome.Best?.Reconstruction), Number(outcome.Best?.Kl), outcome.Point.Name,
            ]));
    }

    /// <summary>Writes the rows of the table, each with its runs, for programs.</summary>
    /// <param name="json">Takes one object.</param>
    /// <param name="folder">The folder of the sweep.</param>
    public void WriteJson(Utf8JsonWriter json, string folder)
    {
        json.WriteStartObject();
        json.WriteString("sweep", folder);
        json.WriteStartArray("rows");
        foreach ((string[] values, SweepOutcome[] runs) in Groups)
        {
            EpochMetrics[] best = [.. runs.Select(run => run.Best).OfType<EpochMetrics>()];
            json.WriteStartObject();
            json.WriteStartObject("settings");
            foreach ((SweepAxis axis, string value) in Shown.Zip(values))
            {
                axis.WriteJson(json, value);
            }

            json.WriteEndObject();
            WriteStatistics(json, "test_loss", [.. best.Select(epoch => epoch.TestLoss)]);
            WriteStatistics(json, "reconstruction", [.. best.Select(epoch => epoch.Reconstruction)]);
            WriteStatistics(json, "kl", [.. best.Select(epoch => epoch.Kl)]);
            json.WriteStartArray("runs");
            foreach (SweepOutcome run in runs)
            {
                WriteRun(json, run, folder);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>
    /// Writes <c>sweep.png</c>: test losses over the values of the first setting, a colour for each choice of the others. Numbers are
    /// joined by lines; runs that were ended early stand apart, and lines and means leave them out.
    /// </summary>
    /// <param name="path">The file, which is replaced whole or not at all.</param>
    /// <param name="example">What an example is called.</param>
    /// <exception cref="UserException">It cannot be written.</exception>
    public void WritePlot(string path, string example)
    {
        // Of runs that differ in their seeds alone, these are what stands below the axis.
        SweepAxis first = axes[0];
        IEnumerable<IGrouping<string, SweepOutcome>> lines = outcomes.GroupBy(
            outcome => string.Join(", ", Shown.Skip(1).Zip(outcome.Point.Values.Skip(1)).Select(pair => $"{pair.First.Setting.Option[2..]} {pair.Second}")));
        bool isScale = first.Setting.Name != nameof(RunConfiguration.Seed)
            && first.Values.All(value => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
        List<string> notes = [];
        if (HasSeeds && Shown.Count > 0)
        {
            notes.Add("dots are runs; squares and bars are mean ± standard deviation over seeds");
        }

        if (outcomes.Any(outcome => outcome.Status != SweepStatus.Done))
        {
            notes.Add("rings are runs that ended early");
        }

        if (LossMeaning.Sentence(axes.Select(axis => axis.Setting)) is string sentence)
        {
            notes.Add(sentence);
        }

        SweepPlot.Write(
            path, first.Setting.Option[2..], first.Values, isScale,
            [.. lines.Select(line => (line.Key, Figures: Figures(first, line)))], "Test loss", $"nats per {example}", notes);
    }

    private static IReadOnlyList<IReadOnlyList<SweepFigure>> Figures(SweepAxis first, IEnumerable<SweepOutcome> line)
    {
        ILookup<string, SweepFigure> losses = line.ToLookup(
            outcome => outcome.Point.Values[0], outcome => new SweepFigure(outcome.Best?.TestLoss ?? double.NaN, outcome.Status == SweepStatus.Done));
        return [.. first.Values.Select(value => (IReadOnlyList<SweepFigure>)[.. losses[value]])];
    }

    private void WriteRun(Utf8JsonWriter json, SweepOutcome run, string folder)
    {
        json.WriteStartObject();
        json.WriteString("run", Path.Combine(folder, run.Point.Name));
        json.WriteStartObject("settings");
        foreach ((SweepAxis axis, string value) in axes.Zip(run.Point.Values))
        {
            axis.WriteJson(json, value);
        }

        json.WriteEndObject();
        json.WriteString("status", StatusName(run.Status));
        json.WriteFinite("epoch", run.Best?.Epoch);
        json.WriteFinite("test_loss", run.Best?.TestLoss);
        json.WriteFinite("reconstruction", run.Best?.Reconstruction);
        json.WriteFinite("kl", run.Best?.Kl);
        json.WriteEndObject();
    }

    private static void WriteStatistics(Utf8JsonWriter json, string name, double[] values)
    {
        (double? mean, double? deviation) = Statistics(values);
        json.WriteFinite(name, mean);
        json.WriteFinite($"{name}_deviation", deviation);
    }

    private static string StatusName(SweepStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName($"{status}");

    /// <summary>The mean, and where there are several the standard deviation √(Σ(x − x̄)² / (n − 1)).</summary>
    private static (double? Mean, double? Deviation) Statistics(double[] values)
    {
        if (values.Length == 0)
        {
            return (null, null);
        }

        double mean = values.Average();
        return (mean, values.Length == 1 ? null : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1)));
    }

    /// <summary>The mean of a figure, and its standard deviation where there are several runs.</summary>
    internal static string Mean(IReadOnlyList<EpochMetrics> epochs, Func<EpochMetrics, double> figure)
    {
        (double? mean, double? deviation) = Statistics([.. epochs.Select(figure)]);
        return mean is null ? "–" : ReportText.Loss(mean.Value) + (deviation is null ? "" : ReportText.Text($" ± {deviation:F2}"));
    }

    private static string Among(SweepOutcome[] runs, SweepStatus status) => runs.Count(run => run.Status == status) is > 0 and int count
        ? ReportText.Text($", {count} {StatusName(status).Replace('_', ' ')}")
        : "";

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
