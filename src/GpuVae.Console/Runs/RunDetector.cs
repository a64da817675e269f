using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>The detector of a run, which lies beside its weights as one file.</summary>
internal static class RunDetector
{
    private const string IsStale = "has other weights than the checkpoint beside it, as where training went on and was not ended";

    /// <summary>Whether a run's file has the weights of its checkpoint; where not, that is told.</summary>
    /// <param name="device">Where the run's model is.</param>
    /// <param name="trained">The run, with the weights that training ended with.</param>
    /// <param name="consequence">What follows, for the sentence.</param>
    public static bool IsFresh(IDevice device, TrainedModel trained, string consequence)
    {
        using var kept = AnomalyDetector.Load(trained.Folder.DetectorPath);
        if (kept.HasWeightsOf(device, trained))
        {
            return true;
        }

        Notice.Write($"{trained.Folder.DetectorPath} {IsStale}; {consequence}; gpuvae train --resume writes it anew at the end");
        return false;
    }

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
        if (data.Train.Count < 2)
        {
            Notice.Write("no detector.gpuvae: a detector compares at least two training rows");
            return;
        }

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
    /// <param name="tell">Is told where the file has other weights.</param>
    /// <exception cref="UserException">There is no file, and the training data cannot be read.</exception>
    public static AnomalyDetector Open(OpenedRun run, ThresholdRule? rule, Action<string> tell)
    {
        string path = run.Trained.Folder.DetectorPath;
        bool isKept = (rule is null || rule.Kind == ThresholdKind.Fixed) && run.Trained.Weights == WeightsChoice.Last && File.Exists(path);
        if (isKept)
        {
            var kept = AnomalyDetector.Load(path);
            if (kept.HasWeightsOf(run.Device, run.Trained))
            {
                return kept;
            }

            kept.Dispose();
            tell($"{path} {IsStale}; a new detector is made of the training data for now");
        }

        var options = new AnomalyOptions { Weights = run.Trained.Weights };
        return AnomalyDetector.FromRun(
            run.Trained.Folder.FullPath,
            rule is null || rule.Kind == ThresholdKind.Fixed ? options : options with { Threshold = rule });
    }
}
