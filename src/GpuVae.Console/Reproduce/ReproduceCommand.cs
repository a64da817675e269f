using System.CommandLine;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Reproductions;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae reproduce NAME</c>: trains a published setting, and sets our number beside the published one.</summary>
internal sealed class ReproduceCommand : Verb
{
    private readonly ReproduceOptions _options;

    /// <summary>The verb.</summary>
    public ReproduceCommand()
        : this(new ReproduceOptions())
    {
    }

    private ReproduceCommand(ReproduceOptions options)
        : base(
            "reproduce",
            "Repeats a published result.",
            "Trains a published setting into a run folder like train, measures what the source measured, and prints our " +
            "number beside theirs. gpuvae reproduce --list says what there is. Ctrl-C stops after the step in hand and " +
            "saves; the same line with --resume goes on from there.",
            options.Groups)
    {
        _options = options;
        Add(options.Name);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae reproduce --list", "What there is."),
        new("gpuvae reproduce pytorch-vae", "Ten epochs; takes seconds."),
        new("gpuvae reproduce adbench --data Classical", "22 tables and more, five detectors of each."),
        new("gpuvae reproduce iwae-table1 --objective iwae --k 5 --short", "A row of a table; a long run."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        if (_options.Lists(line))
        {
            TextTable.Write(["name", "what it is", "published by"], [
                .. PublishedSettings.All.Select(each => (string[])[each.Name, each.Summary, each.Source]),
                [.. AnomalyBenchmarkReport.Summary],
            ]);
            WriteFigures(line, ReproduceFigures.WriteList);
            return ExitCode.Done;
        }

        if (_options.IsBenchmark(line))
        {
            (string tables, AnomalyBenchmarkSetting given, int seeds) = _options.ReadBenchmark(line);
            return AnomalyBenchmarkReport.Write(tables, given, seeds, rows => WriteFigures(line, json => ReproduceFigures.Write(json, given, seeds, rows)));
        }

        // 1. What is trained. 2. What that needs. 3. A folder, or the one that was begun before.
        (PublishedSetting setting, SettingChoices choices, RunConfiguration configuration) = _options.Read(line);
        using var interruption = new Interruption();
        using var download = new DownloadReport();
        using IDevice device = Device.Open(configuration.Device, Registry.Precisions.Find(configuration.Precision));
        // TensorFlow's tutorial scales by all training rows, the abnormal ones too; what is published stays as it was made.
        Dataset data = Datasets.Open(configuration.ToDataSettings() with { TrainLabels = [], Limit = null }, download);
        configuration = configuration.For(data, choosesLikelihood: true) with
        {
            DataPath = Datasets.AbsolutePath(configuration.Data),
            DataFingerprint = DataFingerprint.Compute(TrainingSets.Select(configuration, data)),
        };
        MemoryNeed.Require(configuration, TrainingSets.Select(configuration, data), device);
        interruption.BeginSaving();
        string? begun = _options.Resume(line);
        string folder = begun is null
            ? RunFolder.Create(_options.Folder(line), setting.Name, data.Name, configuration.WriteJson).FullPath
            : RunFolder.Open(begun).FullPath;

        // 4. Train.
        RunResult result;
        if (Terminal.IsInteractive)
        {
            using var report = new LiveReport(data.Name, configuration.Device, interruption.Token);
            result = Train(report);
        }
        else
        {
            result = Train(new PlainReport(data.Name, configuration.Device, Console.Out));
        }

        if (result.Interrupted)
        {
            Failure.WriteLine($"interrupted; the run so far is saved; to go on, add --resume {ShellWord.QuotePath(folder)}");
            return interruption.ExitCode;
        }

        // 5. Measure, and compare. The run is whole, so that a signal may end the program at once.
        interruption.Dispose();
        int? limit = _options.TestLimit(line);
        IReadOnlyList<Comparison> comparisons;
        using (var progress = new ProgressLine(Math.Min(limit ?? int.MaxValue, data.Test.Count), "images"))
        {
            comparisons = setting.Measure(new TrainedSetting(
                device, folder, data, configuration, result, choices, limit, done => CompressCommand.Report(progress, done))
            {
                OtherCompressors = OtherCompressors.Measure,
            });
        }

        Write(setting, comparisons, folder);
        WriteFigures(line, json => ReproduceFigures.Write(json, setting, comparisons, folder));
        return ExitCode.Done;

        RunResult Train(ITrainingObserver observer) => begun is null
            ? TrainingRun.Execute(configuration, data, device, folder, observer, interruption.Token)
            : TrainingRun.Resume(configuration, data, device, folder, observer, interruption.Token);
    }

    private static void Write(PublishedSetting setting, IReadOnlyList<Comparison> comparisons, string folder)
    {
        string[] headings = ["figure", "ours", "published", "claimed", "kept"];
        string[][] rows =
        [
            .. comparisons.Select(row => (string[])
            [
                row.Quantity, Number(row.Measured), Number(row.Published),
                row.Bound is null ? "" : $"{(row.IsAtMost ? "at most" : "at least")} {Number(row.Bound)}",
                row.IsMet switch { true => "yes", false => "no", null => "" },
            ]),
        ];
        Console.Out.WriteLine();
        TextTable.Write(headings, rows, numbers: 1);
        Console.Out.WriteLine();
        WrappedText.WriteLine($"published by {setting.Source}");
        Console.Out.WriteLine($"written to {folder}");
    }

    private static string Number(double? number) =>
        number is not double value ? "" : Math.Abs(value) >= 10 ? ReportText.Text($"{value:F2}") : ReportText.Text($"{value:F4}");
}
