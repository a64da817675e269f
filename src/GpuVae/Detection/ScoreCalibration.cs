namespace GpuVae.Detection;

/// <summary>
/// The distribution of normal scores, kept in a few numbers, for the share of normal rows that score lower than one.
/// Immutable, so that
/// any thread may use it.
/// </summary>
/// <remarks>
/// Of n finite scores up to <see cref="MostQuantiles"/> quantiles are kept, evenly spaced in probability from 0 to p₀,
/// linear between the
/// ordered scores and linear between themselves. Above t, the quantile p₀ = 1 − max(20/n, 0.02) but at least ½, the
/// scores are taken as
/// exponential: P(s &gt; t + y) = (1 − p₀) e^(−y/m), where m is the mean of what the scores above t exceed it by, the
/// likeliest one. So two
/// scores beyond everything that was seen still differ, and no finite score has the share 1 exactly but by rounding.
/// What lies below the least score seen has the share
/// 0. Rows that were impossible, with a score of +∞, are left out.
/// </remarks>
public sealed class ScoreCalibration
{
    /// <summary>The most quantiles that are kept.</summary>
    public const int MostQuantiles = 256;

    private const int TailScores = 20;
    private const double LeastTail = 0.02;

    private readonly double[] _quantiles;

    internal ScoreCalibration(bool isHeldOut, int rows, double[] quantiles, double tailStart, double tailMean)
    {
        IsHeldOut = isHeldOut;
        Rows = rows;
        _quantiles = quantiles;
        TailStart = tailStart;
        TailMean = tailMean;
    }

    /// <summary>
    /// Whether the scores are those of normal rows that training did not see; else they are those of the training rows,
    /// which a model
    /// explains a little better than others, so that shares come out a little high.
    /// </summary>
    public bool IsHeldOut { get; }

    /// <summary>n, the scores that it comes from.</summary>
    public int Rows { get; }

    /// <summary>The quantiles, ascending, evenly spaced from probability 0 to <see cref="TailStart"/>.</summary>
    public IReadOnlyList<double> Quantiles => _quantiles;

    /// <summary>p₀, where the exponential tail begins, from ½ to below 1.</summary>
    public double TailStart { get; }

    /// <summary>m, above 0: the mean by which scores in the tail exceed its start.</summary>
    public double TailMean { get; }

    /// <summary>The estimate F(s) of the share of normal rows that score lower, from 0 to 1; not falling in s.</summary>
    /// <param name="score">As the detector gives it.</param>
    /// <returns>1 for +∞.</returns>
    public double ShareBelow(double score)
    {
        double last = _quantiles[^1];
        if (score > last)
            return 1 - ((1 - TailStart) * Math.Exp(-(score - last) / TailMean));
        int above = 0, end = _quantiles.Length;
        // The first quantile that is not below the score: of equal ones none is below.
        while (above < end)
        {
            int middle = (above + end) / 2;
            if (_quantiles[middle] < score)
                above = middle + 1;
            else
                end = middle;
        }
        if (above == 0)
            return 0;
        if (above == _quantiles.Length)
            return TailStart;
        double lower = _quantiles[above - 1], upper = _quantiles[above];
        double position = above - 1 + ((score - lower) / (upper - lower));
        return TailStart * position / (_quantiles.Length - 1);
    }

    /// <summary>Makes it of scores.</summary>
    /// <param name="scores">Those that are not finite are left out.</param>
    /// <param name="isHeldOut">Whether training did not see their rows.</param>
    /// <returns>Null where no score is finite.</returns>
    internal static ScoreCalibration? Of(ReadOnlySpan<double> scores, bool isHeldOut)
    {
        double[] ordered = [.. scores.ToArray().Where(double.IsFinite).Order()];
        if (ordered.Length == 0)
            return null;
        double tailStart = Math.Max(0.5, 1 - Math.Max(LeastTail, (double)TailScores / ordered.Length));
        var quantiles = new double[Math.Clamp(ordered.Length, 2, MostQuantiles)];
        for (int i = 0; i < quantiles.Length; i++)
            quantiles[i] = Evaluation.ScoreThreshold.Quantile(ordered, tailStart * i / (quantiles.Length - 1));
        double[] beyond = [.. ordered.Where(score => score > quantiles[^1]).Select(score => score - quantiles[^1])];
        // Where all scores are one, the least step that there is leads out of them.
        double mean = beyond.Length > 0 ? beyond.Average() : Math.Max(Math.Abs(quantiles[^1]) * 1e-6, 1e-12);
        return new ScoreCalibration(isHeldOut, ordered.Length, quantiles, tailStart, mean);
    }
}
