using System.Globalization;
using GpuVae.Bench.Epochs;
using GpuVae.Bench.Peak;
using GpuVae.Bench.Reports;
using GpuVae.Bench.Workers;

namespace GpuVae.Bench.Scaling;

/// <summary><c>scaling</c>: how the time of an epoch and the memory grow.</summary>
internal static class ScalingVerb
{
    private const int Batch = 128;

    // Units fall silent in the first steps, and what they multiply is left out: until then a step takes longer.
    private const int WarmUpSteps = 2000;

    // Images of an epoch that takes half a second or more.
    private const int LongEpoch = 100_000;
    private const int PixelBytes = ModelShape.Dimensions;

    private static readonly ModelShape s_model = ModelShape.Parse("784-400-20");

    /// <param name="report">Where the tables go.</param>
    /// <param name="counts">Numbers of images, at least two.</param>
    /// <param name="widths">Widths of the hidden layer.</param>
    /// <param name="images">Training images where width and threads vary.</param>
    /// <param name="epochs">Epochs measured at each point, after the warm-up.</param>
    /// <param name="plot">The picture to write, or null.</param>
    public static void Execute(Report report, int[] counts, int[] widths, int images, int epochs, FileInfo? plot)
    {
        double peak = MachinePeak.MeasureFlops();
        report.Say(
            $"{s_model} at batch {Batch} where nothing else is said; medians of {epochs} epochs after at least "
            + $"{Format.Count(WarmUpSteps)} steps for warm-up, each point in a process of its own, the points of a table in "
            + $"turn. Peak in this run: {Format.Number(peak / 1e9)} GFLOP/s.");

        Point[] byImages = Measure(counts, epochs, count => (s_model, s_model.ToSettings(Batch, count)));
        double[] x = Array.ConvertAll(byImages, point => point.Value);
        (double exponent, double factor) = Statistics.PowerLaw(x, Array.ConvertAll(byImages, point => point.Seconds));
        (double bytesPerImage, _) = Statistics.Line(x, Array.ConvertAll(byImages, point => (double)point.PeakMemory));
        Show(report, "Number of images", "images", byImages, peak);
        string power = exponent.ToString("F3", CultureInfo.InvariantCulture);
        report.Say(
            $"Time grows as images to the power {power} (least squares in logarithms). Peak memory grows by "
            + $"{Format.Number(bytesPerImage)} bytes an image, {Format.Number(bytesPerImage / PixelBytes)} times "
            + $"the {PixelBytes} bytes of its pixels.");

        Point[] byWidth = Measure(widths, epochs, width =>
        {
            ModelShape model = s_model with { Hidden = [width] };
            return (model, model.ToSettings(Batch, images));
        });
        Show(report, $"Width of the hidden layer ({Format.Count(images)} images)", "width", byWidth, peak);

        Point[] byThreads = Measure(
            [.. Enumerable.Range(1, Machine.Cores)], epochs,
            threads => (s_model, s_model.ToSettings(Batch, images) with { Threads = threads }));
        Show(report, $"Threads ({Format.Count(images)} images)", "threads", byThreads, peak);
        if (Machine.Cores > 1)
        {
            report.Say(
                $"{Machine.Cores} threads are {Format.Number(byThreads[0].Seconds / byThreads[^1].Seconds)} times as fast "
                + "as one.");
        }

        if (plot is null)
            return;
        ScalingPlot.Write(
            plot, [.. byImages.Select(point => (point.Value, point.Seconds))],
            [.. byWidth.Select(point => (point.Value, point.Seconds))], exponent, factor);
        Console.WriteLine($"Written: {plot.FullName}");
        report.Picture("Epoch time against number of images and width", plot.Name);
    }

    /// <summary>
    /// An epoch of each point in turn, so that a slow spell of the machine does not fall on one point alone. A process that was
    /// asleep meanwhile finds caches that others have filled, which takes some milliseconds: where an epoch is so short that they
    /// show, one that is not counted goes before.
    /// </summary>
    private static Point[] Measure(int[] values, int epochs, Func<int, (ModelShape Model, EpochSettings Settings)> configure)
    {
        var workers = new List<WorkerProcess>();
        try
        {
            foreach (int value in values)
            {
                workers.Add(WorkerProcess.StartGpuVae());
                EpochSettings settings = configure(value).Settings;
                workers[^1].Configure(settings);
                for (int images = 0; images < WarmUpSteps * Batch; images += settings.Images)
                    workers[^1].RunEpoch();
            }
            EpochResult[][] rounds =
                [.. Enumerable.Range(0, epochs).Select(_ => workers.Select(Turn).ToArray())];
            return [.. values.Select((value, point) =>
            {
                (ModelShape model, EpochSettings settings) = configure(value);
                double seconds = Statistics.Median([.. rounds.Select(round => round[point].Seconds)]);
                double flops = model.FlopsPerImage * settings.Images;
                return new Point(value, seconds, flops, settings.Images, rounds[^1][point].PeakMemory);
            })];
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }

        EpochResult Turn(WorkerProcess worker, int point)
        {
            if (configure(values[point]).Settings.Images < LongEpoch)
                worker.RunEpoch();
            return worker.RunEpoch();
        }
    }

    private static void Show(Report report, string heading, string variable, Point[] points, double peak)
    {
        var table = new Table(1, variable, "seconds", "µs/image", "GFLOP/s", "share of peak", "peak memory MB");
        foreach (Point point in points)
        {
            table.Add(
                Format.Count((long)point.Value), Format.Number(point.Seconds),
                Format.Number(1e6 * point.Seconds / point.Images), Format.Number(point.Flops / point.Seconds / 1e9),
                Format.Percent(point.Flops / point.Seconds / peak), Format.Megabytes(point.PeakMemory));
        }
        report.Show(table, heading);
    }

    private sealed record Point(double Value, double Seconds, double Flops, int Images, long PeakMemory);
}
