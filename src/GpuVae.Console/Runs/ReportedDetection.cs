using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Reports;

namespace GpuVae.CommandLine;

/// <summary>What the page of a report says of anomalies: the scores and the threshold of <c>detect</c> without options.</summary>
internal static class ReportedDetection
{
    private const string AnomalyPreset = "anomaly";

    private static readonly Dictionary<AnomalyScore, string> _scores = new()
    {
        [AnomalyScore.Reconstruction] = "loss of the reconstruction",
        [AnomalyScore.Elbo] = "negative ELBO",
        [AnomalyScore.Iwae] = "negative importance-weighted bound",
    };

    /// <summary>Whether a run is made to find anomalies: it keeps a detector, was trained on some classes, or by the preset for it.</summary>
    public static bool IsMeant(TrainedModel trained) =>
        RunDetector.IsOf(trained.Configuration, trained.Height) || trained.Configuration.TrainLabels.Length > 0
        || trained.Configuration.Preset == AnomalyPreset;

    /// <summary>Scores the test examples of a run that is meant for it, or whose data have classes that it did not see.</summary>
    /// <param name="run">The run.</param>
    /// <param name="data">Its data, or others; null for none.</param>
    /// <param name="otherData">What <c>--data</c> was, or null.</param>
    /// <returns>Null where the page has nothing to say of anomalies.</returns>
    public static RunDetection? Find(OpenedRun run, Dataset? data, string? otherData) =>
        data is { Test.Count: > 0 } && (IsMeant(run.Trained) || run.NormalClasses.Count > 0) ? Of(run, otherData) : null;

    private static RunDetection Of(OpenedRun run, string? otherData)
    {
        AnomalyDetector? detector = null;
        try
        {
            ImageSet examples = run.Data.Test;
            List<string> notes = [];
            if (RunDetector.IsOf(run.Trained.Configuration, run.Trained.Height))
            {
                detector = RunDetector.Open(run, rule: null, note =>
                {
                    Notice.Write(note);
                    notes.Add($"{char.ToUpperInvariant(note[0])}{note[1..]}.");
                });
            }

            AnomalyScore score = DetectOptions.DefaultScore(run.Trained);
            DetectedScores detected = detector is not null
                ? RunScores.Remember(detector, rule: null, examples, withColumns: false)
                : RunScores.Expect(run, score, DetectOptions.DefaultSamples, DetectOptions.DefaultRule, examples);
            PositiveClass? anomalous = PositiveClass.Find(typed: null, run.NormalClassesBeside(run.FindTruth()), examples);
            if (anomalous is null && examples.Labels is not null)
            {
                notes.Add("The run was trained on every class, so that none is known to be normal: gpuvae detect --positive CLASS names the anomalous ones.");
            }

            string data = otherData is null ? "" : $" --data {ShellWord.QuotePath(otherData)}";
            return new RunDetection
            {
                Scores = detected.Scores,
                Score = detector is null ? _scores[score] : "distance from training rows like it",
                Unit = detected.Unit.Trim(),
                Threshold = detected.Threshold,
                Rule = detected.Rule,
                Command = $"gpuvae detect {ShellWord.QuotePath(run.Trained.Folder.FullPath)}{data}",
                IsAnomaly = anomalous?.IsPositive,
                Detector = detector,
                Notes = notes,
            };
        }
        catch (UserException exception)
        {
            detector?.Dispose();
            Notice.Write($"{exception.Message}; the page has no scores of anomalies");
            return new RunDetection { WhyNot = exception.Message };
        }
    }
}
