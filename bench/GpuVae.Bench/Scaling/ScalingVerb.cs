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
    private const int PixelBytes = ModelShape.Dimensions;

    private static readonly ModelShape s_model = ModelShape.Parse("784-400-20");

    /// <param name="report">Where the tables go.</param>
    /// <param name="counts">Numbers of images, at least two.</param>
    /// <param name="widths">Widths of the hidden layer.</param>
    /// <param name="images">Training images where width and threads vary.</param>
    /// <param name="epochs">Epochs measured at each point, after one for warm-up.</param>
    /// <param name="plot">The picture to write, or null.</param>
    public static void Execute(Report report, int[] counts, int[] widths, int images, int epochs, FileInfo? plot)
    {
        double peak = MachinePeak.MeasureFlops();
        report.Say(
            $"{s_model} at batch {Batch} where nothing else is said; medians of {epochs} epochs after a warm-up epoch, "
            + $"each point in a process of its own. Peak in this run: {Format.Number(peak / 1e9)} GFLOP/s.");

        Point[] byImages = [.. counts.Select(count =>
            Measure(count, s_model.ToSettings(Batch, count), s_model.FlopsPerImage * count, epochs))];
        double[] x = Array.ConvertAll(byImages, point => point.Value);
        (double exponent, double factor) = Statistics.PowerLaw(x, Array.ConvertAll(byImages, point => point.Seconds));
        (double bytesPerImage, _) = Statistics.Line(x, Array.ConvertAll(byImages, point => (double)point.PeakMemory));
        Show(report, "Number of images", "images", byImages, peak);
        string power = exponent.ToString("F3", CultureInfo.InvariantCulture);
        report.Say(
            $"Time grows as images to the power {power} (least squares in logarithms). Peak memory grows by "
            + $"{Format.Number(bytesPerImage)} bytes an image, {Format.Number(bytesPerImage / PixelBytes)} times "
            + $"the {PixelBytes} bytes of its pixels.");

        Point[] byWidth = [.. widths.Select(width =>
        {
            ModelShape model = s_model with { Hidden = [width] };
            return Measure(width, model.ToSettings(Batch, images), model.FlopsPerImage * images, epochs);
        })];
        Show(report, $"Width of the hidden layer ({Format.Count(images)} images)", "width", byWidth, peak);

        Point[] byThreads = [.. Enumerable.Range(1, Machine.Cores).Select(threads =>
            Measure(
                threads, s_model.ToSettings(Batch, images) with { Threads = threads }, s_model.FlopsPerImage * images,
                epochs))];
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

    private static Point Measure(double value, EpochSettings settings, double flops, int epochs)
    {
        using WorkerProcess worker = WorkerProcess.StartGpuVae();
        worker.Configure(settings);
        EpochResult last = worker.RunEpoch();
        var seconds = new List<double>();
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            last = worker.RunEpoch();
            seconds.Add(last.Seconds);
        }
        return new Point(value, Statistics.Median(seconds), flops, settings.Images, last.PeakMemory);
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
