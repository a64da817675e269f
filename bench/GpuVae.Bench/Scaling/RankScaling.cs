using GpuVae.Bench.Epochs;
using GpuVae.Bench.Reports;

namespace GpuVae.Bench.Scaling;

/// <summary>
/// <c>scaling --model</c>: what a step takes by N ranks, predicted from what a rank computes by itself and what sums take, and measured.
/// </summary>
internal static class RankScaling
{
    private const int StepsPerEpoch = 40;

    // What a cluster's network has, where each rank has a card of it: 100 Gbit/s InfiniBand.
    private const double ClusterLatency = 2e-6;
    private const double ClusterBandwidth = 12.5e9;
    private const int MostRanks = 1024;

    /// <param name="report">Where the tables go.</param>
    /// <param name="models">What is trained.</param>
    /// <param name="counts">Numbers of ranks.</param>
    /// <param name="batch">Images of a batch of all ranks.</param>
    /// <param name="epochs">Epochs measured at each point.</param>
    /// <param name="plot">Where the picture of the predictions goes; null for none.</param>
    public static void Execute(Report report, string[] models, int[] counts, int batch, int epochs, FileInfo? plot)
    {
        report.Say(
            $"Ranks with a thread each where there are no more than cores; epochs of {StepsPerEpoch} steps at batch {batch} of all ranks "
            + $"together, medians of {epochs} after one for warm-up. A prediction is what as many processes that know nothing of each other "
            + "take at the same time for their part of a batch, and the sum of the gradients: 2 (N − 1) messages of latency α, and "
            + "2 (N − 1)/N of its bytes at bandwidth β, both fitted to sums of 1 to 2²¹ floats by two ranks.");
        var table = new Table(1, "model", "ranks", "compute ms", "sum ms", "predicted ms", "measured ms", "error", "speed-up");
        var curves = new List<(string Name, IReadOnlyList<(int Ranks, double Same, double Growing)> Points)>();
        foreach (string name in models)
        {
            var model = EpochModel.Parse(name);
            curves.Add((model.ToString()!, AddModel(report, table, model, counts, batch, epochs)));
        }
        report.Show(table, "Steps by several ranks on this machine");
        if (plot is null)
            return;
        RankPlot.Write(plot, curves);
        Console.WriteLine($"Written: {plot.FullName}");
        report.Picture("Predicted efficiency of many ranks", plot.Name);
    }

    /// <summary>Measures a model.</summary>
    /// <returns>Its predicted efficiencies by ranks: of a batch that all share, and of one that grows with them.</returns>
    private static List<(int Ranks, double Same, double Growing)> AddModel(
        Report report, Table table, EpochModel model, int[] counts, int batch, int epochs)
    {
        RankAnswer pair = Alone(model, 2, batch / 2, epochs);
        Link link = Link.Fit(pair.SumSeconds);
        double one = 0;
        var compute = new List<(double Rows, double Seconds)>();
        foreach (int ranks in counts)
        {
            RankAnswer alone = ranks == 2 ? pair : Alone(model, ranks, batch / ranks, epochs);
            double computed = Statistics.Median(alone.StepSeconds), sum = link.Sum(ranks, pair.Parameters);
            double measured = Statistics.Median(RankWorker.Run(
                ranks, new RankTask(model.ToSettings(batch, StepsPerEpoch * batch), IsTogether: true, epochs)).StepSeconds);
            one = ranks == 1 ? measured : one;
            table.Add(
                model.ToString()!, Format.Count(ranks), Format.Number(1e3 * computed), Format.Number(1e3 * sum),
                Format.Number(1e3 * (computed + sum)), Format.Number(1e3 * measured),
                Format.Percent(((computed + sum) / measured) - 1), one > 0 ? Format.Number(one / measured) : "");
        }
        foreach (int count in Enumerable.Range(0, 5).Select(power => batch >> power).Where(count => count >= 4).Reverse())
            compute.Add((count, Statistics.Median(Alone(model, 1, count, epochs).StepSeconds)));
        report.Say(
            $"{model}: {Format.Count(pair.Parameters)} parameters; a rank alone takes for steps of "
            + string.Join(", ", compute.Select(point => $"{Format.Count((long)point.Rows)} images {Format.Number(1e3 * point.Seconds)} ms"))
            + $"; α = {Format.Number(1e6 * link.Latency)} µs, β = {Format.Number(link.Bandwidth / 1e9)} GB/s.");
        var cluster = new Link(ClusterLatency, ClusterBandwidth);
        var paper = new Table(1, "ranks", "same batch: step ms", "efficiency", "same part of it: step ms", "efficiency");
        var curve = new List<(int Ranks, double Same, double Growing)>();
        int large = 64 * batch;
        for (int ranks = 1; ranks <= MostRanks; ranks *= 4)
        {
            double strong = Step(cluster, ranks, large / (double)ranks), weak = Step(cluster, ranks, batch);
            (double same, double growing) = (Step(cluster, 1, large) / (ranks * strong), Step(cluster, 1, batch) / weak);
            curve.Add((ranks, same, growing));
            paper.Add(
                Format.Count(ranks), Format.Number(1e3 * strong), Format.Percent(same), Format.Number(1e3 * weak), Format.Percent(growing));
        }
        report.Show(
            paper,
            $"{model} on paper: cores as this one with a link of {Format.Number(ClusterLatency * 1e6)} µs and "
            + $"{Format.Number(ClusterBandwidth / 1e9)} GB/s each; {Format.Count(large)} images of all ranks, or {batch} of each");
        return curve;

        double Step(Link over, int ranks, double images) => Between(compute, images) + over.Sum(ranks, pair.Parameters);
    }

    /// <summary>On the lines between what was measured: below the least as long as that, and above the most as much longer as there is more.</summary>
    private static double Between(List<(double Rows, double Seconds)> measured, double rows)
    {
        if (rows <= measured[0].Rows)
            return measured[0].Seconds;
        if (rows >= measured[^1].Rows)
            return measured[^1].Seconds * rows / measured[^1].Rows;
        int above = measured.FindIndex(point => point.Rows >= rows);
        ((double less, double sooner), (double more, double later)) = (measured[above - 1], measured[above]);
        return sooner + ((later - sooner) * (rows - less) / (more - less));
    }

    private static RankAnswer Alone(EpochModel model, int ranks, int rows, int epochs) =>
        RankWorker.Run(ranks, new RankTask(model.ToSettings(rows, StepsPerEpoch * rows), IsTogether: false, epochs));

    /// <summary>What a message costs (Hockney 1994, "The communication challenge for MPP").</summary>
    /// <param name="Latency">α, seconds.</param>
    /// <param name="Bandwidth">β, bytes a second.</param>
    private sealed record Link(double Latency, double Bandwidth)
    {
        /// <summary>Fits sums by two ranks, each of which sends half of the bytes twice.</summary>
        public static Link Fit((int Floats, double Seconds)[] sums)
        {
            // The least sum is latency, the largest bandwidth: least squares would see the largest alone.
            double latency = sums[0].Seconds / 2;
            (int floats, double seconds) = sums[^1];
            return new Link(latency, floats * sizeof(float) / (seconds - (2 * latency)));
        }

        /// <summary>Seconds of a sum of so many floats by N ranks.</summary>
        public double Sum(int ranks, long floats) =>
            (2 * (ranks - 1) * Latency) + (2.0 * (ranks - 1) / ranks * floats * sizeof(float) / Bandwidth);
    }
}
