namespace GpuVae.Evaluation;

/// <summary>
/// Thresholds from the scores of training examples, above which an example counts as an anomaly.
/// </summary>
public static class ScoreThreshold
{
    /// <summary>
    /// mean + <paramref name="deviations"/>·std, with the population's deviation √(Σ(s − mean)²/N), summed in the
    /// order of the scores. A score of +∞ is an anomaly whatever the threshold, and is left out of both.
    /// </summary>
    /// <param name="scores">(N), at least one of them finite.</param>
    /// <param name="deviations">k, finite; 0 gives the mean.</param>
    /// <exception cref="ArgumentException">There are no finite scores, or one of them is NaN or −∞.</exception>
    public static double MeanPlusDeviations(ReadOnlySpan<double> scores, double deviations)
    {
        RequireScores(scores);
        double[] finite = [.. scores.ToArray().Where(double.IsFinite)];
        if (finite.Length == 0)
            throw new ArgumentException("All scores are infinite: there is none to take a threshold from.", nameof(scores));
        double mean = 0;
        foreach (double score in finite)
            mean += score;
        mean /= finite.Length;
        double squares = 0;
        foreach (double score in finite)
            squares += (score - mean) * (score - mean);
        return mean + (deviations * Math.Sqrt(squares / finite.Length));
    }

    /// <summary>
    /// The quantile at <paramref name="probability"/>, linear between the ordered scores s₀ … s₍N₋₁₎ at the position
    /// (N − 1)·probability (Hyndman and Fan 1996, "Sample quantiles in statistical packages", definition 7). Scores of +∞
    /// are the greatest of them, and a quantile that reaches among them is +∞: nothing is above it.
    /// </summary>
    /// <param name="scores">(N), finite or +∞.</param>
    /// <param name="probability">In [0, 1]: 0 the least score, 1 the greatest.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1].</exception>
    /// <exception cref="ArgumentException">There are no scores, or one of them is NaN or −∞.</exception>
    public static double Quantile(ReadOnlySpan<double> scores, double probability)
    {
        if (!(probability >= 0 && probability <= 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability in [0, 1].");
        RequireScores(scores);
        double[] ordered = scores.ToArray();
        Array.Sort(ordered);
        double position = (ordered.Length - 1) * probability;
        int below = (int)position;
        double lower = ordered[below], upper = ordered[Math.Min(below + 1, ordered.Length - 1)];
        double part = position - below;
        // ∞ − ∞ and 0·∞ are no numbers.
        return part == 0 || lower == upper ? lower : lower + (part * (upper - lower));
    }

    private static void RequireScores(ReadOnlySpan<double> scores)
    {
        if (scores.IsEmpty)
            throw new ArgumentException("No scores to take a threshold from.", nameof(scores));
        for (int i = 0; i < scores.Length; i++)
        {
            if (double.IsNaN(scores[i]) || double.IsNegativeInfinity(scores[i]))
                throw new ArgumentException($"Score {i} is {scores[i]}, no score.", nameof(scores));
        }
    }
}
