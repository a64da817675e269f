using System.Globalization;
using GpuVae.Bench.Peak;
using GpuVae.Bench.Reports;
using GpuVae.Bench.Workers;

namespace GpuVae.Bench.Epochs;

/// <summary><c>epoch</c>: whole training epochs beside TorchSharp's.</summary>
internal static class EpochVerb
{
    private const int MostImages = 60_000;

    private static readonly string[] _models = ["784-400-20", "784-500-500-50", "784-2048-64"];

    private static readonly int[] _batches = [20, 128, 512, 2048];

    /// <summary>The setting of a paper that the project reproduces; part of the whole table at this batch alone.</summary>
    private static readonly (string Model, int Batch) _paper = ("784-200-200-50:tanh", 20);

    /// <summary>Measured once more with images without black pixels.</summary>
    private static readonly (string Model, int Batch) _withoutZeros = ("784-400-20", 128);

    /// <param name="report">Where the tables go.</param>
    /// <param name="models">Models, or none for the whole table.</param>
    /// <param name="batches">Batch sizes, or none for all.</param>
    /// <param name="pairs">Epochs of each library in each cell.</param>
    /// <param name="images">Training images.</param>
    /// <param name="device">Where this library computes.</param>
    /// <param name="precision">What its products round to.</param>
    public static void Execute(
        Report report, string[] models, int[] batches, int pairs, int images, string device, string precision)
    {
        if (images > MostImages)
            throw new UserException($"--images {images}: MNIST has {MostImages} training images; give no more");
        Cell[] cells = [.. Cells(models, batches)];
        bool onCpu = device == "cpu";
        string? obstacle = !onCpu ? $"here it has the CPU only, and this is {device}" : TorchSharpProject.Obstacle;
        string? torchSharp = obstacle is null ? TorchSharpProject.Build() : null;
        if (obstacle is not null)
            report.Say($"TorchSharp is skipped: {obstacle}.");

        double peak = onCpu ? MachinePeak.MeasureFlops() : double.NaN;
        double before = onCpu ? RoundTrip.Measure() : double.NaN;
        var times = new Table(
            2, "model", "batch", "GpuVae s", "TorchSharp s", "ratio", "ratio of pairs", "images/s", "ms/step",
            "TorchSharp ms/step", "share of floor");
        var checks = new Table(
            2, "model", "batch", "GpuVae loss", "TorchSharp loss", "GpuVae MB", "TorchSharp MB",
            "TorchSharp is faster with");
        foreach ((ModelShape model, int batch, bool withoutZeros) in cells)
        {
            EpochSettings settings = model.ToSettings(batch, images) with
            {
                Device = device,
                Precision = precision,
                WithoutZeros = withoutZeros,
            };
            string name = withoutZeros ? $"{model}, no black pixel" : $"{model}";
            (EpochSeries ours, EpochSeries? theirs, EpochSettings theirSettings) =
                EpochPairs.Measure(settings, pairs, torchSharp);
            AddTimes(times, name, model, batch, images, ours, theirs, peak);
            checks.Add(
                name, $"{batch}", Format.Number(ours.FirstLoss), Format.Number(theirs?.FirstLoss ?? double.NaN),
                Format.Megabytes(ours.PeakMemory), Format.Megabytes(theirs?.PeakMemory ?? double.NaN),
                theirs is null ? "–" : Choice(theirSettings));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name} at {batch}: {ours.Median:0.000} s, TorchSharp {theirs?.Median:0.000} s"));
        }

        report.Say(
            $"{precision}, {Format.Count(images)} images, {pairs} pairs after a warm-up epoch each; medians."
            + (onCpu
                ? $" The floor is the time of the products' operations at {Format.Number(peak / 1e9)} GFLOP/s, measured "
                    + $"in this run on {device}; it counts every multiplication, also those by black pixels, which "
                    + "this library leaves out. A message between two cores and its answer took "
                    + $"{Format.Number(before * 1e9)} ns before and {Format.Number(RoundTrip.Measure() * 1e9)} ns after."
                : ""));
        report.Show(times, "An epoch of training");
        report.Show(checks, "The same work: loss of the first epoch (nats per image), peak memory of each process");
    }

    private static string Choice(EpochSettings settings) =>
        $"{settings.Threads} thread{(settings.Threads == 1 ? "" : "s")}, gather by {settings.Gather}";

    private static IEnumerable<Cell> Cells(string[] models, int[] batches)
    {
        foreach (string model in models.Length > 0 ? models : _models)
        {
            foreach (int batch in batches.Length > 0 ? batches : _batches)
                yield return new Cell(ModelShape.Parse(model), batch, WithoutZeros: false);
        }
        if (models.Length == 0 && (batches.Length == 0 || batches.Contains(_paper.Batch)))
            yield return new Cell(ModelShape.Parse(_paper.Model), _paper.Batch, WithoutZeros: false);
        if (models.Length == 0 && (batches.Length == 0 || batches.Contains(_withoutZeros.Batch)))
            yield return new Cell(ModelShape.Parse(_withoutZeros.Model), _withoutZeros.Batch, WithoutZeros: true);
    }

    private static void AddTimes(
        Table table, string name, ModelShape model, int batch, int images, EpochSeries ours, EpochSeries? theirs, double peak)
    {
        int steps = (images + batch - 1) / batch;
        double floor = images * model.FlopsPerImage / peak;
        double pairRatio = theirs is null
            ? double.NaN
            : Statistics.Median(ours.Seconds.Zip(theirs.Seconds, (our, their) => their / our));
        table.Add(
            name, $"{batch}", Format.Number(ours.Median), Format.Number(theirs?.Median ?? double.NaN),
            Format.Number((theirs?.Median ?? double.NaN) / ours.Median), Format.Number(pairRatio),
            Format.Count((long)(images / ours.Median)), Format.Number(1e3 * ours.Median / steps),
            Format.Number(1e3 * (theirs?.Median ?? double.NaN) / steps), Format.Percent(floor / ours.Median));
    }

    private readonly record struct Cell(ModelShape Model, int Batch, bool WithoutZeros);
}
