using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>The detector of a run, which lies beside its weights as one file.</summary>
internal static class RunDetector
{
    /// <summary>
    /// Whether such runs have one: of rows of numbers, whose model was not drawn towards a prior. A prior has scores of its own, and a
    /// picture's own reconstruction shows what is odd in it.
    /// </summary>
    /// <param name="configuration">What was trained.</param>
    /// <param name="height">Rows of an example.</param>
    public static bool IsOf(RunConfiguration configuration, int height) =>
        height == 1 && !configuration.CreateObjective().UsesPrior && configuration.CreateCode() is PointCode;

    /// <summary>Makes and saves it after training.</summary>
    /// <param name="folder">Of the run.</param>
    /// <param name="data">What it was trained on.</param>
    public static void Save(string folder, Dataset data)
    {
        using AnomalyDetector detector = AnomalyDetector.FromRun(folder, options: null, data);
        detector.Save(RunFolder.Open(folder).DetectorPath);
        string alarms = detector.HeldOutShareFlagged is double share
            ? ReportText.Text($"; {100 * share:F1} % of {detector.HeldOutRows:N0} held-out rows are above its threshold of {detector.Threshold:G4}")
            : "";
        WrappedText.WriteLine(
            $"detector.gpuvae in it finds anomalies without the other files: gpuvae serve, or AnomalyDetector.Load{alarms}");
    }

    /// <summary>The detector of a run: the file where its threshold is what was asked for, else a new one from the training data.</summary>
    /// <param name="run">The run.</param>
    /// <param name="rule">What was asked for; null for what was kept.</param>
    /// <exception cref="UserException">There is no file, and the training data cannot be read.</exception>
    public static AnomalyDetector Open(OpenedRun run, ThresholdRule? rule)
    {
        string path = run.Trained.Folder.DetectorPath;
        bool isKept = (rule is null || rule.Kind == ThresholdKind.Fixed) && run.Trained.Weights == WeightsChoice.Last && File.Exists(path);
        if (isKept)
        {
            return AnomalyDetector.Load(path);
        }

        var options = new AnomalyOptions { Weights = run.Trained.Weights };
        return AnomalyDetector.FromRun(
            run.Trained.Folder.FullPath,
            rule is null || rule.Kind == ThresholdKind.Fixed ? options : options with { Threshold = rule });
    }
}
