namespace GpuVae.Evaluation;

/// <summary>
/// Thresholds from the scores of training examples, above which an example counts as an anomaly.
/// </summary>
public static class ScoreThreshold
{
    /// <summary>
    /// mean + <paramref name="deviations"/>·std, with the population's deviation √(Σ(s − mean)²/N), summed in the
    /// order of the scores.
    /// </summary>
    /// <param name="scores">(N), all finite.</param>
    /// <param name="deviations">k, finite; 0 gives the mean.</param>
    /// <exception cref="ArgumentException">There are no scores, or one of them is not finite.</exception>
    public static double MeanPlusDeviations(ReadOnlySpan<double> scores, double deviations)
    {
        RequireFinite(scores);
        double mean = 0;
        foreach (double score in scores)
            mean += score;
        mean /= scores.Length;
        double squares = 0;
        foreach (double score in scores)
            squares += (score - mean) * (score - mean);
        return mean + (deviations * Math.Sqrt(squares / scores.Length));
    }

    /// <summary>
    /// The quantile at <paramref name="probability"/>, linear between the ordered scores s₀ … s₍N₋₁₎ at the position
    /// (N − 1)·probability (Hyndman and Fan 1996, "Sample quantiles in statistical packages", definition 7).
    /// </summary>
    /// <param name="scores">(N), all finite.</param>
    /// <param name="probability">In [0, 1]: 0 the least score, 1 the greatest.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1].</exception>
    /// <exception cref="ArgumentException">There are no scores, or one of them is not finite.</exception>
    public static double Quantile(ReadOnlySpan<double> scores, double probability)
    {
        if (!(probability >= 0 && probability <= 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability in [0, 1].");
        RequireFinite(scores);
        double[] ordered = scores.ToArray();
        Array.Sort(ordered);
        double position = (ordered.Length - 1) * probability;
        int below = (int)position;
        double lower = ordered[below], upper = ordered[Math.Min(below + 1, ordered.Length - 1)];
        return lower + ((position - below) * (upper - lower));
    }

    private static void RequireFinite(ReadOnlySpan<double> scores)
    {
        if (scores.IsEmpty)
            throw new ArgumentException("No scores to take a threshold from.", nameof(scores));
        for (int i = 0; i < scores.Length; i++)
        {
            if (!double.IsFinite(scores[i]))
                throw new ArgumentException($"Score {i} is {scores[i]}, no finite number.", nameof(scores));
        }
    }
}
