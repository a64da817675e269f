using System.Globalization;

namespace GpuVae.Reports;

/// <summary>
/// Thresholds between scores, each as short a decimal as stands there: with so many examples of each kind above every one of them,
/// a page has the exact confusion without the scores.
/// </summary>
internal static class ThresholdSteps
{
    /// <summary>Where there are more places than steps, this part of them goes one by one through the highest scores.</summary>
    private const int HighestPart = 4;

    private const int MostDigits = 17;

    /// <summary>Finds them, in order; the first is below every finite score and the last above.</summary>
    /// <param name="scores">(N); those that are not finite have no place between others.</param>
    /// <param name="own">One that has to be among them, if it is finite.</param>
    /// <param name="most">So many, beside that.</param>
    public static double[] Of(IReadOnlyList<double> scores, double own, int most)
    {
        double[] ordered = [.. scores.Where(double.IsFinite).Distinct().Order()];
        IEnumerable<double> steps = ordered.Length == 0 ? [] : Places(ordered.Length + 1, most).Select(place => Between(ordered, place));
        double[] found = [.. steps.Concat(double.IsFinite(own) ? [own] : []).Distinct().Order()];
        return found.Length > 0 ? found : [0];
    }

    /// <summary>How many scores are above each step.</summary>
    /// <param name="scores">(n).</param>
    /// <param name="steps">In order.</param>
    public static int[] Above(IReadOnlyList<double> scores, double[] steps)
    {
        double[] ordered = [.. scores.Order()];
        var above = new int[steps.Length];
        int below = 0;
        for (int i = 0; i < steps.Length; i++)
        {
            while (below < ordered.Length && ordered[below] <= steps[i])
                below++;
            above[i] = ordered.Length - below;
        }
        return above;
    }

    private static IEnumerable<int> Places(int all, int most)
    {
        if (all <= most)
            return Enumerable.Range(0, all);
        int highest = most / HighestPart, others = most - highest;
        return EvenSelection.Of([.. Enumerable.Range(0, all - highest)], others).Concat(Enumerable.Range(all - highest, highest));
    }

    private static double Between(double[] ordered, int place)
    {
        double step = Math.Abs(ordered[^1] / ordered.Length - ordered[0] / ordered.Length);
        if (step == 0)
            step = ordered[0] == 0 ? 1 : Math.Abs(ordered[0]) / 10;
        double low = place == 0 ? Math.Max(ordered[0] - step, double.MinValue) : ordered[place - 1];
        double high = place == ordered.Length ? Math.Min(ordered[^1] + step, double.MaxValue) : ordered[place];
        double middle = (low / 2) + (high / 2);
        for (int digits = 1; digits <= MostDigits; digits++)
        {
            double rounded = double.Parse(middle.ToString($"E{digits - 1}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (rounded >= low && rounded < high)
                return rounded;
        }
        return low;
    }
}
