namespace GpuVae.Evaluation;

/// <summary>What a threshold on anomaly scores comes to, where it is known what the examples are.</summary>
/// <param name="Confusion">Right and wrong, for the positive class.</param>
/// <param name="RocAuc">Area under the ROC curve of the scores; NaN where a class has no example.</param>
/// <param name="AveragePrecision">Of the scores; NaN where nothing is positive.</param>
public sealed record Detection(ConfusionMatrix Confusion, double RocAuc, double AveragePrecision)
{
    /// <summary>Judges scores: above the threshold an example counts as an anomaly.</summary>
    /// <param name="scores">(N), higher for what is stranger.</param>
    /// <param name="threshold">Where anomalies begin.</param>
    /// <param name="positive">(N), what is positive.</param>
    /// <param name="positiveIsNormal">
    /// Whether the positive class is the normal one, predicted by a score up to the threshold and ranked by low scores.
    /// </param>
    /// <exception cref="ArgumentException">The lengths differ, or a score is NaN.</exception>
    public static Detection Of(
        ReadOnlySpan<double> scores, double threshold, ReadOnlySpan<bool> positive, bool positiveIsNormal)
    {
        var predicted = new bool[scores.Length];
        var ranked = new double[scores.Length];
        for (int i = 0; i < scores.Length; i++)
        {
            predicted[i] = scores[i] > threshold != positiveIsNormal;
            ranked[i] = positiveIsNormal ? -scores[i] : scores[i];
        }
        return new Detection(
            ConfusionMatrix.Of(predicted, positive), RankingMetrics.RocAuc(ranked, positive),
            RankingMetrics.AveragePrecision(ranked, positive));
    }
}
