namespace GpuVae.Evaluation;

/// <summary>
/// How often a prediction with two outcomes was right, counted for one class that is named the positive one
/// (Fawcett 2006, "An introduction to ROC analysis", section 2). Swapping the classes gives another table: say which
/// one is positive.
/// </summary>
/// <param name="TruePositives">Positives that were predicted positive.</param>
/// <param name="FalsePositives">Negatives that were predicted positive.</param>
/// <param name="TrueNegatives">Negatives that were predicted negative.</param>
/// <param name="FalseNegatives">Positives that were predicted negative.</param>
public readonly record struct ConfusionMatrix(
    int TruePositives, int FalsePositives, int TrueNegatives, int FalseNegatives)
{
    /// <summary>Predictions in all.</summary>
    public int Count => TruePositives + FalsePositives + TrueNegatives + FalseNegatives;

    /// <summary>(TP + TN) / all: the share of right predictions; NaN where there are none at all.</summary>
    public double Accuracy => Ratio(TruePositives + TrueNegatives, Count);

    /// <summary>TP / (TP + FP): the share of predicted positives that are; NaN where none was predicted.</summary>
    public double Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    /// <summary>TP / (TP + FN): the share of positives that were found; NaN where there are none.</summary>
    public double Recall => Ratio(TruePositives, TruePositives + FalseNegatives);

    /// <summary>
    /// 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall; NaN where there are no positives, neither
    /// true nor predicted.
    /// </summary>
    public double F1 => Ratio(2 * (long)TruePositives, (2 * (long)TruePositives) + FalsePositives + FalseNegatives);

    /// <summary>Counts the four cases.</summary>
    /// <param name="predicted">(N), what was predicted to be positive.</param>
    /// <param name="positive">(N), what is positive.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static ConfusionMatrix Of(ReadOnlySpan<bool> predicted, ReadOnlySpan<bool> positive)
    {
        if (predicted.Length != positive.Length)
        {
            throw new ArgumentException(
                $"{predicted.Length} predictions for {positive.Length} examples.", nameof(predicted));
        }
        int truePositives = 0, falsePositives = 0, trueNegatives = 0, falseNegatives = 0;
        for (int i = 0; i < predicted.Length; i++)
        {
            if (positive[i])
            {
                truePositives += predicted[i] ? 1 : 0;
                falseNegatives += predicted[i] ? 0 : 1;
            }
            else
            {
                falsePositives += predicted[i] ? 1 : 0;
                trueNegatives += predicted[i] ? 0 : 1;
            }
        }
        return new ConfusionMatrix(truePositives, falsePositives, trueNegatives, falseNegatives);
    }

    private static double Ratio(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;
}

/// <summary>What a threshold on anomaly scores comes to, where it is known what the examples are.</summary>
/// <param name="Confusion">Right and wrong, for the positive class.</param>
/// <param name="RocAuc">Area under the ROC curve of the scores; NaN where a class has no example.</param>
/// <param name="AveragePrecision">Of the scores; NaN where nothing is positive.</param>
public sealed record DetectionQuality(ConfusionMatrix Confusion, double RocAuc, double AveragePrecision)
{
    /// <summary>Judges scores: above the threshold an example counts as an anomaly.</summary>
    /// <param name="scores">(N), higher for what is stranger; +∞ is above every threshold.</param>
    /// <param name="threshold">Where anomalies begin.</param>
    /// <param name="positive">(N), what is positive.</param>
    /// <param name="positiveIsNormal">
    /// Whether the positive class is the normal one, predicted by a score up to the threshold and ranked by low scores.
    /// </param>
    /// <exception cref="ArgumentException">The lengths differ, or a score is NaN.</exception>
    public static DetectionQuality Of(
        ReadOnlySpan<double> scores, double threshold, ReadOnlySpan<bool> positive, bool positiveIsNormal)
    {
        var predicted = new bool[scores.Length];
        var ranked = new double[scores.Length];
        for (int i = 0; i < scores.Length; i++)
        {
            predicted[i] = IsAnomaly(scores[i], threshold) != positiveIsNormal;
            ranked[i] = positiveIsNormal ? -scores[i] : scores[i];
        }
        return new DetectionQuality(
            ConfusionMatrix.Of(predicted, positive), RankingMetrics.RocAuc(ranked, positive),
            RankingMetrics.AveragePrecision(ranked, positive));
    }

    /// <summary>
    /// Whether a score is an anomaly's: it is above the threshold, or +∞, which is an anomaly by definition, even where a
    /// quantile of the training scores made the threshold infinite too.
    /// </summary>
    public static bool IsAnomaly(double score, double threshold) =>
        score > threshold || double.IsPositiveInfinity(score);
}
