using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;

namespace GpuVae.CommandLine;

/// <summary>Scores of a run's examples, and the threshold: what <c>detect</c> writes and the page of a report shows.</summary>
internal static class RunScores
{
    private const int ExamplesAtOnce = 256;

    /// <summary>What the run's detector makes of examples.</summary>
    /// <param name="detector">The detector.</param>
    /// <param name="rule">What was asked for; null for the detector's own.</param>
    /// <param name="examples">As the model takes them.</param>
    /// <param name="withColumns">Whether each column's part is wanted.</param>
    public static DetectedScores Remember(AnomalyDetector detector, ThresholdRule? rule, ImageSet examples, bool withColumns)
    {
        // The training data may be elsewhere; the detector knows how far they went.
        if (detector.TrainingRange() is ImageSet rows && TableWarnings.OtherScale(rows, examples, "the examples") is string scale)
        {
            Notice.Write(scale);
        }

        var contributions = new double[0, 0];
        double[] scores = withColumns ? detector.ScorePrepared(examples, out contributions) : detector.ScorePrepared(examples);
        bool isGiven = rule?.Kind == ThresholdKind.Fixed;
        return new DetectedScores(
            scores, isGiven ? rule!.Value : detector.Threshold, $"{(isGiven ? rule : detector.Rule)}", Unit: "")
        {
            Probabilities = Array.ConvertAll(scores, score => detector.VerdictOf(score).Probability),
            Columns = withColumns ? [.. detector.Columns.Select(column => column.Name)] : [],
            Contributions = contributions,
        };
    }

    /// <summary>What the model's own likelihood makes of them.</summary>
    /// <param name="run">The run.</param>
    /// <param name="score">What is counted.</param>
    /// <param name="samples">Draws of each code.</param>
    /// <param name="rule">Where the threshold comes from.</param>
    /// <param name="examples">As the model takes them.</param>
    public static DetectedScores Expect(OpenedRun run, AnomalyScore score, int samples, ThresholdRule rule, ImageSet examples)
    {
        var scorer = new AnomalyScorer(run.Device, run.Trained.Model, run.Trained.Encoding, run.Seed, score, samples);
        double[] scores = Scored(Score(scorer, examples, run.Trained.Model.Capacity, "examples"), "example");
        double threshold = rule.Apply(rule.Kind == ThresholdKind.Fixed ? [] : ScoreTraining(run, scorer, examples));
        return new DetectedScores(scores, threshold, $"{rule}", Unit: " nats");
    }

    /// <summary>
    /// The scores, whole batches at a time so that it shows how far they are, and told how many there are: no score depends on the
    /// other examples.
    /// </summary>
    internal static double[] Score(AnomalyScorer scorer, ImageSet examples, int batch, Action<int> report)
    {
        var scores = new double[examples.Count];
        int size = (ExamplesAtOnce + batch - 1) / batch * batch;
        for (int first = 0; first < scores.Length; first += size)
        {
            int count = Math.Min(size, scores.Length - first);
            scorer.Score(examples.Take([.. Enumerable.Range(first, count)])).CopyTo(scores, first);
            report(first + count);
        }

        return scores;
    }

    private static double[] Score(AnomalyScorer scorer, ImageSet examples, int batch, string what)
    {
        using var progress = new ProgressLine(examples.Count, $"{what} scored");
        return Score(scorer, examples, batch, progress.Report);
    }

    /// <summary>The scores of the training examples, which make the threshold.</summary>
    private static double[] ScoreTraining(OpenedRun run, AnomalyScorer scorer, ImageSet examples)
    {
        ImageSet train = TrainingImages(run);
        if (TableWarnings.OtherScale(train, examples, "the examples") is string scale)
        {
            Notice.Write(scale);
        }

        return Scored(Score(scorer, train, run.Trained.Model.Capacity, "training examples"), "training example");
    }

    private static ImageSet TrainingImages(OpenedRun run)
    {
        try
        {
            return run.TrainingImages;
        }
        catch (UserException exception)
        {
            throw new UserException(
                $"{exception.Message}; the threshold comes from the scores of the training data: without them give --threshold X",
                exception);
        }
    }

    private static double[] Scored(double[] scores, string what)
    {
        int strange = Array.FindIndex(scores, score => double.IsNaN(score) || double.IsNegativeInfinity(score));
        return strange < 0 ? scores : throw new UserException(ReportText.Text(
            $"detect: the score of {what} {strange} is {scores[strange]}: too far from anything that the model can take; take it out of the data"));
    }
}
