using System.CommandLine;
using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae sweep</c>: a run for each combination of values, and a table of what they came to.</summary>
internal sealed class SweepCommand : Verb
{
    private const string TableName = "sweep.csv";
    private const string PlotName = "sweep.png";
    private const int MostRuns = 10_000;

    private readonly SweepOptions _options;

    /// <summary>The verb.</summary>
    public SweepCommand()
        : this(new SweepOptions())
    {
    }

    private SweepCommand(SweepOptions options)
        : base(
            "sweep",
            "Trains a run for each of several values.",
            "Trains a run for each combination of the values that settings are given, several at once, and writes a table with the " +
            "mean and the deviation over the seeds, a line for each run (sweep.csv) and a plot (sweep.png). Every option of gpuvae " +
            "train may have several values: between commas, as a range 1..5, or with the option once more where a value has commas " +
            "itself or is any text. Ctrl-C saves the runs; the same command goes on, and repeats no run that is there.",
            options.Groups)
    {
        _options = options;
        foreach (Option option in options.OfSettings)
        {
            Add(option);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae sweep --seed 1..5 --beta 1,2,4", "Fifteen runs, three rows of means and deviations."),
        new("gpuvae sweep --hidden 400 --hidden 512,256 --latent 10,20 --epochs 5", "Two networks, two sizes of the code."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        // 1. What was asked for. 2. Every run as it would be trained, and its device. Only then 3. a folder.
        (IReadOnlyList<SweepAxis> axes, IReadOnlyList<SweepAxis> others) = _options.Read(line);
        int? asked = _options.Jobs(line);
        TimeSpan? budget = _options.Budget(line, axes);
        string? slurm = _options.Slurm(line);
        double count = axes.Aggregate(1.0, (product, axis) => product * axis.Values.Count);
        if (count > MostRuns)
        {
            throw new UsageException(ReportText.Text($"sweep: these are {count:N0} runs, more than {MostRuns:N0}; take fewer values"));
        }

        IReadOnlyList<SweepPoint> points = SweepPoint.All(axes, others, _options.Common(line));
        string folder = SweepFolder.Choose(_options.Folder(line), axes, others);
        using var interruption = new Interruption();
        using var download = new DownloadReport();
        var runner = new SweepRunner(folder, settings => Datasets.Open(settings, download));
        HashSet<string> notes = [], devices = [];
        bool onProcessor = true;
        string example = "";
        foreach (SweepPoint point in points)
        {
            (RunConfiguration configuration, Dataset data) = runner.Prepare(point, note => notes.Add(note));
            // A cluster has others.
            if (slurm is null && devices.Add(configuration.Device))
            {
                SweepRunner.Open(configuration, threads: 1).Dispose();
            }

            onProcessor &= SweepRunner.IsOnProcessor(configuration);
            example = ReportText.ExampleOf(data.Train);
        }

        foreach (string note in notes)
        {
            Tell(note);
        }

        int jobs = Math.Min(points.Count, asked ?? (onProcessor ? Environment.ProcessorCount : 1));
        interruption.BeginSaving();
        Directory.CreateDirectory(folder);
        AtomicFile.DeleteTemporary(folder, name => name is SweepFolder.MarkName or TableName or PlotName or SweepHalving.StateName);
        SweepFolder.Mark(folder, others.Concat(axes));

        if (slurm is not null)
        {
            SlurmScript.Write(slurm, folder, points);
            Console.Out.WriteLine(ReportText.Text($"{points.Count:N0} runs in {folder}"));
            Console.Out.WriteLine($"next: sbatch {ShellWord.QuotePath(slurm)}");
            Console.Out.WriteLine("and when they have ended, the same command without --slurm");
            return ExitCode.Done;
        }

        // 4. Train.
        Console.Out.WriteLine(ReportText.Text($"{points.Count:N0} runs in {folder}, {jobs:N0} at once"));
        int ended = 0;
        void Ended(SweepOutcome outcome) => Say(outcome, axes, ref ended, points.Count);
        IReadOnlyList<SweepOutcome> outcomes = budget is TimeSpan time
            ? new SweepHalving(runner, folder, jobs).Run(points, time, interruption.Token)
            : runner.Run(points, jobs, Ended, interruption.Token);
        var table = new SweepTable(axes, outcomes);
        if (interruption.Token.IsCancellationRequested && outcomes.Any(outcome => outcome.Status == SweepStatus.Stopped))
        {
            int done = outcomes.Count(outcome => outcome.Status != SweepStatus.Stopped);
            Failure.WriteLine(ReportText.Text(
                $"interrupted: {done:N0} of {points.Count:N0} runs are done and the others are saved in {folder}; the same command goes on"));
            WriteFigures(line, json => table.WriteJson(json, folder));
            return interruption.ExitCode;
        }

        // 5. Say what came of it.
        Console.Out.WriteLine();
        table.Write(Terminal.TableWidth);
        string csv = Path.Combine(folder, TableName), plot = Path.Combine(folder, PlotName);
        table.WriteCsv(csv);
        table.WritePlot(plot, example);
        Console.Out.WriteLine();
        Console.Out.WriteLine($"written to {csv} and {plot}");
        WriteFigures(line, json => table.WriteJson(json, folder));
        return ExitCode.Done;
    }

    private static void Say(SweepOutcome outcome, IReadOnlyList<SweepAxis> axes, ref int ended, int all)
    {
        if (outcome.Status == SweepStatus.Stopped)
        {
            return;
        }

        ended++;
        string count = ReportText.Text($"{ended:N0} of {all:N0}  ").PadLeft(ReportText.Text($"{all:N0} of {all:N0}  ").Length);
        WrappedText.WriteBehind(count, Describe(outcome, axes));
    }

    /// <summary>What a run came to, and which it is; a setting stays with its value where lines are broken.</summary>
    private static string Describe(SweepOutcome outcome, IReadOnlyList<SweepAxis> axes)
    {
        string figure = outcome.Best is not EpochMetrics best ? "diverged"
            : $"test loss {ReportText.Loss(best.TestLoss)}"
                + (outcome.Epochs > 1 ? ReportText.Text($" at epoch {best.Epoch}") : "")
                + (outcome.WasThere ? ", there already" : "");
        return $"{figure}: {string.Join(", ", axes.Zip(outcome.Point.Values).Select(pair => $"{pair.First.Setting.Option[2..]}{WrappedText.Bound}{pair.Second}"))}";
    }
}
