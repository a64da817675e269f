namespace GpuVae.Reports;

/// <summary>The axis of a histogram of scores, divided evenly; scores beyond its ends stand in the last interval there.</summary>
/// <param name="IsLogarithmic">Whether the logarithm is divided evenly.</param>
/// <param name="Start">Where it begins; above 0 of a logarithmic one.</param>
/// <param name="End">Where it ends.</param>
internal sealed record ScoreAxis(bool IsLogarithmic, double Start, double End)
{
    /// <summary>Intervals.</summary>
    public const int Bars = 60;

    /// <summary>So many times as large as the middle of usual scores the largest is where a linear axis no longer shows these.</summary>
    private const double FarTimes = 20;

    /// <summary>An axis for scores and a threshold.</summary>
    /// <param name="scores">All of them.</param>
    /// <param name="usual">Those of what is normal, or of all.</param>
    /// <param name="threshold">Which stands on the axis, if it is finite.</param>
    public static ScoreAxis Of(IReadOnlyList<double> scores, IReadOnlyList<double> usual, double threshold)
    {
        double[] ends = double.IsFinite(threshold) ? [threshold] : [];
        double[] finite = [.. scores.Where(double.IsFinite)], ordered = [.. usual.Where(double.IsFinite).Order()];
        double middle = ordered.Length == 0 ? 0 : ordered[ordered.Length / 2];
        double least = finite.Concat(ends).DefaultIfEmpty(0).Min(), most = finite.Concat(ends).DefaultIfEmpty(0).Max();
        if (middle > 0 && least >= 0 && most > FarTimes * middle)
            return new ScoreAxis(true, Math.Max(least, middle / 1000), most);
        double room = most > least ? 0 : Math.Max(Math.Abs(most) / 10, 0.5);
        return new ScoreAxis(false, least - room, most + room);
    }

    /// <summary>How many scores each interval has.</summary>
    public int[] Count(IEnumerable<double> scores)
    {
        var counts = new int[Bars];
        foreach (double score in scores.Where(double.IsFinite))
            counts[(int)Math.Clamp(Bars * PartOf(score), 0, Bars - 1)]++;
        return counts;
    }

    /// <summary>Where a score stands, 0 at the start and 1 at the end.</summary>
    private double PartOf(double score)
    {
        if (IsLogarithmic)
            return score <= Start ? 0 : Math.Log(score / Start) / Math.Log(End / Start);
        double half = (End / 2) - (Start / 2);
        return ((score / 2) - (Start / 2)) / half;
    }
}
