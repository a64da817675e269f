using System.CommandLine;
using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Reports;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae report</c>: a run, or several to compare, as one page to look at.</summary>
internal sealed class ReportCommand : Verb
{
    private const string FileName = "report.html";
    private const int MostRuns = 16;

    private static readonly Argument<string[]> _runs = new("RUN")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "Folders of runs, trained or in training. Default: the newest in runs/.",
    };

    private static readonly Option<string?> _out = OptionValue.Text(
        "--out", "FILE",
        $"File to write, whose name ends with .html; a report of before is replaced. Default: {FileName} in the run, or of several runs "
        + "beside the first.");

    private static readonly Option<string?> _data = OptionValue.Text(
        "--data", "NAME|PATH",
        "Other data than that of the run to measure on, of the same size: what gpuvae train --data takes. Default: what the run was "
        + "trained on.");

    private static readonly Option<string?> _device = OptionValue.Text(
        "--device", "NAME",
        "What computes: auto, cpu, cuda, opencl, …; gpuvae devices lists what there is. Default: auto.");

    /// <summary>The verb.</summary>
    public ReportCommand()
        : base(
            "report",
            "Shows a run as a page for a browser.",
            "Writes one HTML file that needs no network: a verdict, curves, the pictures of the epochs, what each unit of the code does, a "
            + "map of the test examples' codes, and the decoder itself under sliders; of a run that finds anomalies their scores under a threshold "
            + "to drag, and the strangest examples. Several runs are compared, their curves on one another.",
            [new OptionGroup("Options", [_out, _data, _device])]) => Add(_runs);

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae report", "The newest run, as report.html in its folder."),
        new("gpuvae report runs/plane --out plane.html", "A run, to a file of your choice."),
        new("gpuvae report runs/a runs/b", "Two runs compared."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        string[] folders = line.GetValue(_runs) is { Length: > 0 } typed ? typed : [Newest()];
        if (folders.Length > MostRuns)
        {
            throw new UsageException(ReportText.Text($"RUN: {folders.Length} runs are more than a page can compare; give at most {MostRuns}"));
        }

        TypedRuns.RequireDifferent(folders);
        string path = line.GetValue(_out) ?? DefaultPath(folders);
        if (!path.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"--out {path}: the name of the file has to end with .html");
        }

        foreach (string folder in folders)
        {
            RunFolder.Open(folder).ReadConfiguration();
        }

        if (File.Exists(path) && !RunReport.IsReport(path))
        {
            throw new UserException($"{path}: is no report of gpuvae and is left as it is; choose another file with --out");
        }

        using IDevice device = Device.Open(line.GetValue(_device) ?? "auto");
        RunReport.Write(path, [.. folders.Select(folder => Gather(device, folder, line.GetValue(_data), folders.Length))]);
        WrappedText.WriteLine($"written to {path}");
        return ExitCode.Done;
    }

    private static string Newest()
    {
        string newest = RunFolder.Newest();
        Notice.Write($"the run is {newest}, the newest in runs/; report takes the folders of others");
        return newest;
    }

    /// <summary>In the run; of several beside the first, where neither's own report is replaced.</summary>
    private static string DefaultPath(string[] folders) => folders is [string one]
        ? Path.Combine(one, FileName)
        : Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folders[0])) ?? "", FileName);

    private RunReport Gather(IDevice device, string folder, string? data, int runs)
    {
        var run = RunFolder.Open(folder);
        if (!File.Exists(run.CheckpointPath) && !File.Exists(run.BestPath))
        {
            Notice.Write($"{folder} has no weights so far: its page has settings, curves and pictures alone");
            return RunReport.Of(run, runs);
        }

        using var trained = TrainedModel.Open(folder, device);
        var opened = new OpenedRun(device, trained, data, isTraining: false, trained.Configuration.Seed)
        {
            IsScoring = ReportedDetection.IsMeant(trained),
            Tell = Tell,
        };
        Dataset? found = Find(opened, isOther: data is not null);
        RunDetection? detection = ReportedDetection.Find(opened, found, data);
        using AnomalyDetector? detector = detection?.Detector;
        return RunReport.Of(device, trained, found, isOwn: data is null, runs, detection);
    }

    /// <summary>The data; without those that the run was trained on, the rest of the page is worth having.</summary>
    internal static Dataset? Find(OpenedRun run, bool isOther)
    {
        try
        {
            return run.Data;
        }
        catch (UserException exception) when (!isOther)
        {
            Notice.Write($"{exception.Message}; the page has no figures per unit and no map (--data names other data)");
            return null;
        }
    }
}
