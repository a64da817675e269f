using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Runs;

namespace GpuVae.Reproductions;

/// <summary>
/// TensorFlow's tutorial on anomaly detection ("Intro to Autoencoders", third example): electrocardiograms of 140 numbers,
/// 140-32-16-8-16-32-140, absolute error, a threshold one standard deviation above the mean training score.
/// </summary>
internal static class Heartbeats
{
    private const string NormalClass = "1";

    /// <summary>Trains on the normal examples of a CSV file.</summary>
    /// <exception cref="UserException">No file was given.</exception>
    public static RunConfiguration Configure(SettingChoices choices) =>
        RunConfiguration.FromPreset("anomaly") with
        {
            Data = choices.Data ?? throw new UserException(
                "--data: this set does not come along; get ECG5000 from timeseriesclassification.com, as CSV with the "
                + "class in the first column (1 is normal), and give --data FILE.csv"),
            LabelColumn = choices.LabelColumn,
            Scale = "min-max",
            HoldOut = 0.2,
            TrainLabels = [NormalClass],
            Corruption = "none",
            Likelihood = "laplace",
            Activation = "relu",
            Hidden = [32, 16],
            Latent = 8,
            Batch = 512,
            Epochs = 20,
        };

    /// <summary>What the threshold comes to on the held-out examples, with the normal class as the positive one.</summary>
    public static IReadOnlyList<Comparison> Measure(TrainedSetting setting)
    {
        using TrainedModel trained = setting.Open();
        var scorer = new AnomalyScorer(
            setting.Device, trained.Model, trained.Encoding, setting.Configuration.Seed, AnomalyScore.Reconstruction,
            samples: 1);
        ImageSet test = setting.Test.Labelled();
        ImageSet normals = TrainingSets.Select(setting.Configuration, setting.Data).Train;
        double threshold = ScoreThreshold.MeanPlusDeviations(scorer.Score(normals), deviations: 1);
        bool[] isNormal = [.. Enumerable.Range(0, test.Count).Select(i => test.LabelOf(i) == NormalClass)];
        var detection = DetectionQuality.Of(scorer.Score(test), threshold, isNormal, positiveIsNormal: true);
        return
        [
            new("accuracy", detection.Confusion.Accuracy, 0.943, null, IsAtMost: false),
            new("precision of the normal class", detection.Confusion.Precision, 0.992, null, IsAtMost: false),
            new("recall of the normal class", detection.Confusion.Recall, 0.905, null, IsAtMost: false),
            new("area under the ROC curve", detection.RocAuc, null, 0.95, IsAtMost: false),
        ];
    }
}
