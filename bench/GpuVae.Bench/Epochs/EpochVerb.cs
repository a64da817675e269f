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
    /// <param name="images">Training images; null for as many as each model has by default.</param>
    /// <param name="threads">Of each library on the CPU.</param>
    /// <param name="device">Where this library computes.</param>
    /// <param name="precision">What its products round to.</param>
    /// <param name="returnsMemory">See <see cref="WorkerProcess.StartTorchSharp"/>.</param>
    public static void Execute(
        Report report, string[] models, int[] batches, int pairs, int? images, int threads, string device, string precision,
        bool returnsMemory)
    {
        if (images is int asked && asked > MostImages)
            throw new UserException($"--images {asked}: MNIST has {MostImages} training images; give no more");
        Cell[] cells = [.. Cells(models, batches)];
        bool onCpu = device == "cpu";
        string? obstacle = !onCpu ? $"here it has the CPU only, and this is {device}" : TorchSharpProject.Obstacle;
        string? torchSharp = obstacle is null ? TorchSharpProject.Build() : null;
        if (obstacle is not null)
            report.Say($"TorchSharp is skipped: {obstacle}.");

        double peak = onCpu ? MachinePeak.MeasureFlops() : double.NaN;
        double before = onCpu ? RoundTrip.Measure() : double.NaN;
        var times = new Table(
            2, "model", "batch", "images", "GpuVae s", "TorchSharp s", "ratio", "ratio of pairs", "images/s", "ms/step",
            "TorchSharp ms/step", "share of floor");
        var checks = new Table(
            2, "model", "batch", "GpuVae loss", "TorchSharp loss", "GpuVae MB", "TorchSharp MB", "share",
            "TorchSharp computes with");
        foreach ((EpochModel model, int batch, bool withoutZeros) in cells)
        {
            int count = images ?? model.DefaultImages;
            EpochSettings settings = model.ToSettings(batch, count) with
            {
                Threads = threads,
                Device = device,
                Precision = precision,
                WithoutZeros = withoutZeros,
            };
            string name = withoutZeros ? $"{model}, no black pixel" : $"{model}";
            (EpochSeries ours, EpochSeries? theirs, EpochSettings theirSettings) =
                EpochPairs.Measure(settings, pairs, torchSharp, returnsMemory);
            AddTimes(times, name, settings, model.FlopsPerImage / peak, ours, theirs);
            checks.Add(
                name, $"{batch}", Format.Number(ours.FirstLoss), Format.Number(theirs?.FirstLoss ?? double.NaN),
                Format.Megabytes(ours.PeakMemory), Format.Megabytes(theirs?.PeakMemory ?? double.NaN),
                Format.Percent(ours.PeakMemory / (theirs?.PeakMemory ?? double.NaN)), theirs is null ? "–" : Choice(theirSettings));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name} at {batch}: {ours.Median:0.000} s, TorchSharp {theirs?.Median:0.000} s"));
        }

        report.Say(
            $"{precision}, {pairs} pairs after a warm-up epoch each; medians, with the least and the most."
            + (onCpu
                ? $" The floor is the time of the products' operations at {Format.Number(peak / 1e9)} GFLOP/s, measured "
                    + $"in this run on {device}; it counts every multiplication, also those by black pixels, which "
                    + "this library leaves out. A message between two cores and its answer took "
                    + $"{Format.Number(before * 1e9)} ns before and {Format.Number(RoundTrip.Measure() * 1e9)} ns after."
                : ""));
        if (torchSharp is not null)
        {
            report.Say(returnsMemory
                ? "TorchSharp's large tensors go back to the system after use, as it comes (--return-memory)."
                : "TorchSharp's large tensors stay with its process after use: glibc is told so, which by itself gives them back.");
        }
        foreach (ConvolutionalModel model in cells.Select(cell => cell.Model).OfType<ConvolutionalEpochModel>()
            .Select(model => model.Model).Where(model => model.Difference.Length > 0))
        {
            report.Say($"{model.Name} differs from what was published: {model.Difference}.");
        }
        report.Show(times, "An epoch of training");
        report.Show(checks, "The same work: loss of the first epoch (nats per image), peak memory of each process");
    }

    private static string Choice(EpochSettings settings) =>
        $"{settings.Threads} thread{(settings.Threads == 1 ? "" : "s")}, gather by {settings.Gather}";

    private static IEnumerable<Cell> Cells(string[] models, int[] batches)
    {
        models = [.. models.SelectMany(model => model.Split(','))];
        foreach (string model in models.Length > 0 ? models : _models)
        {
            var parsed = EpochModel.Parse(model);
            int[] usual = parsed is ModelShape ? _batches : [ConvolutionalModel.Batch];
            foreach (int batch in batches.Length > 0 ? batches : usual)
                yield return new Cell(parsed, batch, WithoutZeros: false);
        }
        if (models.Length == 0 && (batches.Length == 0 || batches.Contains(_paper.Batch)))
            yield return new Cell(ModelShape.Parse(_paper.Model), _paper.Batch, WithoutZeros: false);
        if (models.Length == 0 && (batches.Length == 0 || batches.Contains(_withoutZeros.Batch)))
            yield return new Cell(ModelShape.Parse(_withoutZeros.Model), _withoutZeros.Batch, WithoutZeros: true);
    }

    private static void AddTimes(
        Table table, string name, EpochSettings settings, double floorPerImage, EpochSeries ours, EpochSeries? theirs)
    {
        int images = settings.Images;
        int steps = (images + settings.Batch - 1) / settings.Batch;
        double[] pairRatios = theirs is null ? [] : [.. ours.Seconds.Zip(theirs.Seconds, (our, their) => their / our)];
        table.Add(
            name, $"{settings.Batch}", Format.Count(images), Format.Spread(ours.Seconds), Format.Spread(theirs?.Seconds ?? []),
            Format.Number((theirs?.Median ?? double.NaN) / ours.Median), Format.Spread(pairRatios),
            Format.Count((long)(images / ours.Median)), Format.Number(1e3 * ours.Median / steps),
            Format.Number(1e3 * (theirs?.Median ?? double.NaN) / steps), Format.Percent(images * floorPerImage / ours.Median));
    }

    private readonly record struct Cell(EpochModel Model, int Batch, bool WithoutZeros);
}
