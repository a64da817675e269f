namespace GpuVae.Evaluation;

/// <summary>
/// How well scores set positives above negatives, whatever the threshold. Only the order of the scores counts; equal
/// scores are one step, which no order of the examples can flatter.
/// </summary>
public static class RankingMetrics
{
    /// <summary>
    /// Area under the ROC curve: the probability that a positive scores above a negative, where a tie counts half;
    /// U / (P·N) of Mann and Whitney (1947; Hanley and McNeil 1982 for the area). NaN where a class has no example.
    /// </summary>
    /// <param name="scores">(N), higher for what looks more positive; infinities allowed.</param>
    /// <param name="positive">(N), what is positive.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a score is NaN.</exception>
    public static double RocAuc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        long positivesAbove = 0, negativesAbove = 0;
        double wins = 0;
        foreach ((int positives, int negatives) in Steps(scores, positive))
        {
            wins += negatives * (positivesAbove + (0.5 * positives));
            positivesAbove += positives;
            negativesAbove += negatives;
        }
        return positivesAbove == 0 || negativesAbove == 0
            ? double.NaN
            : wins / ((double)positivesAbove * negativesAbove);
    }

    /// <summary>
    /// Average precision: Σ over the thresholds from high to low of (Rₙ − Rₙ₋₁)·Pₙ, the area under the
    /// precision–recall curve as a sum of steps, without interpolation between them (Manning, Raghavan and Schütze
    /// 2008, "Introduction to information retrieval", section 8.4). NaN where nothing is positive.
    /// </summary>
    /// <param name="scores">(N), higher for what looks more positive; infinities allowed.</param>
    /// <param name="positive">(N), what is positive.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a score is NaN.</exception>
    public static double AveragePrecision(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        long positivesFound = 0, found = 0;
        double sum = 0;
        foreach ((int positives, int negatives) in Steps(scores, positive))
        {
            positivesFound += positives;
            found += positives + negatives;
            sum += positives * ((double)positivesFound / found);
        }
        return positivesFound == 0 ? double.NaN : sum / positivesFound;
    }

    /// <summary>How many positives and negatives have each score, from the highest score down.</summary>
    private static List<(int Positives, int Negatives)> Steps(
        ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        if (scores.Length != positive.Length)
            throw new ArgumentException($"{scores.Length} scores for {positive.Length} examples.", nameof(scores));
        for (int i = 0; i < scores.Length; i++)
        {
            if (double.IsNaN(scores[i]))
                throw new ArgumentException($"Score {i} is NaN, which has no place in an order.", nameof(scores));
        }

        double[] keys = scores.ToArray();
        bool[] values = positive.ToArray();
        Array.Sort(keys, values);
        var steps = new List<(int, int)>();
        for (int end = keys.Length; end > 0;)
        {
            int first = end - 1, positives = values[end - 1] ? 1 : 0;
            for (; first > 0 && keys[first - 1] == keys[end - 1]; first--)
                positives += values[first - 1] ? 1 : 0;
            steps.Add((positives, end - first - positives));
            end = first;
        }
        return steps;
    }
}
