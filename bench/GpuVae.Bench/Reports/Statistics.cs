namespace GpuVae.Bench.Reports;

/// <summary>What a handful of measurements says.</summary>
internal static class Statistics
{
    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The line y = intercept + slope·x with the least squared error.</summary>
    public static (double Slope, double Intercept) Line(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        double meanX = x.Average(), meanY = y.Average();
        double covariance = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum();
        double variance = x.Sum(a => (a - meanX) * (a - meanX));
        double slope = covariance / variance;
        return (slope, meanY - (slope * meanX));
    }

    /// <summary>The power law y = factor·x^exponent: a line through the logarithms.</summary>
    public static (double Exponent, double Factor) PowerLaw(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        (double slope, double intercept) = Line([.. x.Select(v => Math.Log(v))], [.. y.Select(v => Math.Log(v))]);
        return (slope, Math.Exp(intercept));
    }
}
