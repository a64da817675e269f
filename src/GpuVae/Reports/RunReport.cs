using System.Globalization;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Reports;

/// <summary>
/// What a run came to, as one page that opens without a network: a verdict, its curves and pictures, what each unit of the code does,
/// a map of codes, and its decoder, which runs in the page.
/// </summary>
public sealed class RunReport
{
    /// <summary>Bytes of the epochs' pictures, which grow by a third as text.</summary>
    private const long PictureRoom = 2 << 20;

    private RunReport(
        RunFolder folder, RunConfiguration configuration, IReadOnlyList<EpochMetrics> epochs, EpochPictures pictures)
    {
        Folder = folder;
        Configuration = configuration;
        Epochs = epochs;
        Pictures = pictures;
        TrainedWith = RunEnvironment.DeviceOf(folder);
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.FullPath)));
    }

    /// <summary>The name of the run's folder.</summary>
    public string Name { get; }

    /// <summary>What is to be said of the run, in plain sentences.</summary>
    public IReadOnlyList<VerdictSentence> Verdict { get; private set; } = [];

    internal RunFolder Folder { get; }

    internal RunConfiguration Configuration { get; }

    /// <summary>Its metrics, in order; those of a run that is being written are the epochs so far.</summary>
    internal IReadOnlyList<EpochMetrics> Epochs { get; }

    internal EpochPictures Pictures { get; }

    /// <summary>The device that trained it last; null where no file says so.</summary>
    internal string? TrainedWith { get; }

    /// <summary>The best of <see cref="Epochs"/>; null where none has a finite loss.</summary>
    internal EpochMetrics? Best { get; private set; }

    /// <summary>What its weights are; null where there are none yet.</summary>
    internal MeasuredModel? Model { get; private set; }

    /// <summary>What is being trained, and whether it is.</summary>
    internal TrainingStart? Start { get; private set; }

    internal bool IsTraining { get; private set; }

    /// <summary>What it says of anomalies; null where that is not asked.</summary>
    internal RunDetection? Detection { get; private set; }

    /// <summary>The strangest examples of <see cref="Detection"/>; null where it has no scores.</summary>
    internal StrangeExamples? Strangest { get; private set; }

    /// <summary>The part of the page that is this run's, in 0 … 1.</summary>
    internal double Share { get; private set; } = 1;

    /// <summary>What it was trained on, in one line.</summary>
    internal string DataDescription { get; private set; } = "";

    /// <summary>What an example is called.</summary>
    internal string Example { get; private set; } = "image";

    /// <summary>Reads a run that has no weights so far, or whose weights are not to be looked at: its settings, metrics and pictures.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="runs">Runs that will share the page.</param>
    /// <exception cref="UserException">A file cannot be read or is damaged.</exception>
    public static RunReport Of(RunFolder folder, int runs = 1)
    {
        RunReport report = Read(folder, runs);
        report.DataDescription = report.Configuration.DataPath ?? report.Configuration.Data;
        report.Judge(comparison: null, train: null);
        return report;
    }

    /// <summary>Reads a run that this program trains.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="start">What is trained; null where it has not begun.</param>
    internal static RunReport Training(RunFolder folder, TrainingStart? start)
    {
        RunReport report = Read(folder, runs: 1);
        report.Start = start;
        report.IsTraining = true;
        report.Example = start?.Example ?? report.Example;
        report.DataDescription = report.Configuration.DataPath ?? report.Configuration.Data;
        if (start is not null)
        {
            report.DataDescription += string.Create(
                CultureInfo.InvariantCulture, $": {start.TrainImages:N0} {start.Example}s to train on, {start.TestImages:N0} to test; {start.Values}");
        }
        report.Judge(comparison: null, train: null);
        return report;
    }

    /// <summary>Reads a run and measures its weights.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="trained">The run with its model.</param>
    /// <param name="data">
    /// What it is measured on, and what it was trained on, of which <paramref name="isOwn"/> tells; null leaves the figures and the map out.
    /// </param>
    /// <param name="isOwn">Whether the data are those of the run.</param>
    /// <param name="runs">Runs that will share the page.</param>
    /// <param name="detection">What it says of anomalies among the test examples; null leaves that out.</param>
    /// <exception cref="ArgumentException">The scores are not those of the test examples.</exception>
    /// <exception cref="UserException">A file cannot be read or is damaged, or the data do not fit.</exception>
    public static RunReport Of(
        IDevice device, TrainedModel trained, Dataset? data, bool isOwn = true, int runs = 1, RunDetection? detection = null) =>
        Measure(device, trained, data, isOwn, runs, detection, isServed: false);

    /// <summary>The same of a page that is served, where the model itself decodes.</summary>
    internal static RunReport Measure(
        IDevice device, TrainedModel trained, Dataset? data, bool isOwn, int runs, RunDetection? detection, bool isServed)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(trained);
        RunReport report = Read(trained.Folder, runs);
        report.Share = 1.0 / runs;
        report.Model = MeasuredModel.Of(device, trained, data?.Test, report.Share, isServed);
        report.Detection = detection;
        if (detection is { WhyNot: "" })
        {
            if (detection.Scores.Count != data?.Test.Count)
                throw new ArgumentException($"{detection.Scores.Count} scores for {data?.Test.Count ?? 0} test examples.", nameof(detection));
            report.Strangest = StrangeExamples.Of(device, trained, detection, data.Test, report.Share);
        }
        report.Example = trained.Height > 1 ? "image" : "row";
        report.DataDescription = data is null
            ? report.Configuration.DataPath ?? report.Configuration.Data
            : Describe(data, isOwn, report.Example);
        ImageSet? train = isOwn ? data?.Train : null;
        int steps = train is { Count: > 0 } ? (train.Count + report.Configuration.Batch - 1) / report.Configuration.Batch : 1;
        report.Judge(Compare(device, trained, steps), train);
        return report;
    }

    /// <summary>Writes a page of one or several runs, whole or not at all; a file of that name is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="runs">At least one.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, params IReadOnlyList<RunReport> runs)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentOutOfRangeException.ThrowIfZero(runs.Count, nameof(runs));
        AtomicFile.Write(path, stream => ReportPage.Write(stream, runs, ServedReport.None));
    }

    /// <summary>Whether a file is a page that <see cref="Write"/> has written, which may be replaced by another.</summary>
    /// <exception cref="UserException">The file cannot be read.</exception>
    public static bool IsReport(string path) => ReportPage.IsReport(path);

    private static RunReport Read(RunFolder folder, int runs)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(runs);
        return new RunReport(
            folder, folder.ReadConfiguration(), File.Exists(folder.MetricsPath) ? MetricsFile.Read(folder.MetricsPath) : [],
            EpochPictures.Read(folder, PictureRoom / runs));
    }

    private static string Describe(Dataset data, bool isOwn, string example)
    {
        string test = string.Create(CultureInfo.InvariantCulture, $"{data.Test.Count:N0} {example}s to test");
        string split = data.Split.Length == 0 ? "" : $" ({data.Split})";
        string shape = data.Test.DescribeShape();
        return isOwn
            ? string.Create(CultureInfo.InvariantCulture, $"{data.Name}: {data.Train.Count:N0} {example}s to train on, {test}{split}; {shape}")
            : $"{data.Name}, which is not what the run was trained on: {test}; {shape}";
    }

    /// <summary>How epochs of the run compare, as it did while it trained.</summary>
    private static EpochComparison Compare(IDevice device, TrainedModel trained, int stepsPerEpoch)
    {
        Autoencoder model = trained.Model;
        IObjective objective = trained.Configuration.CreateObjective(stepsPerEpoch);
        using IObjectivePass? pass = objective.Prepare(device, model.Code, images: 1);
        double constant = model.Likelihood.Constant(model.Dimensions);
        return new EpochComparison(objective, model.TermsWith(pass), constant, stepsPerEpoch, model.LossConstant - constant);
    }

    private void Judge(EpochComparison? comparison, ImageSet? train)
    {
        double Loss(EpochMetrics metrics) => comparison?.LossOf(metrics) ?? metrics.TestLoss;
        Best = Epochs.Where(epoch => double.IsFinite(Loss(epoch))).MinBy(Loss);
        Verdict = Reports.Verdict.Of(Configuration, Epochs, comparison, Model?.Figures?.Use, train, IsTraining ? null : Folder.FullPath);
    }
}
