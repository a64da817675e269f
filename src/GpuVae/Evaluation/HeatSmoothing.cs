namespace GpuVae.Evaluation;

/// <summary>
/// A small gaussian blur of heat, which takes the grain out of it: heat lies on edges and single pixels, a defect is a place. With
/// σ = longer side / 64 it is the 4 pixels at 256×256 that are customary (Roth and others 2022, "Towards total recall in industrial
/// anomaly detection", section 3.3).
/// </summary>
public static class HeatSmoothing
{
    private const double SidesOfDeviation = 64;
    private const double DeviationsOfReach = 4;

    /// <summary>σ for pictures of a size, in pixels.</summary>
    /// <param name="height">Rows of a picture.</param>
    /// <param name="width">Columns of a picture.</param>
    public static double Deviation(int height, int width) => Math.Max(height, width) / SidesOfDeviation;

    /// <summary>
    /// Blurs a picture's heat: weights exp(−d² / 2σ²) in rows and then in columns, to 4σ, normalised to 1; beyond its edges the picture
    /// is continued by its mirror image, the pixel at the edge twice.
    /// </summary>
    /// <param name="heat">(height·width), updated.</param>
    /// <param name="height">Rows, in pixels.</param>
    /// <param name="width">Columns, in pixels.</param>
    /// <exception cref="ArgumentException">The number of pixels does not fit the shape.</exception>
    public static void Apply(Span<float> heat, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (heat.Length != (long)height * width)
            throw new ArgumentException($"{heat.Length} pixels for {height}×{width}.", nameof(heat));
        double[] weights = Weights(Deviation(height, width));
        var line = new double[Math.Max(height, width)];
        for (int y = 0; y < height; y++)
            Line(heat, y * width, 1, line.AsSpan(0, width), weights);
        for (int x = 0; x < width; x++)
            Line(heat, x, width, line.AsSpan(0, height), weights);
    }

    /// <summary>Of the distances 0, 1, ….</summary>
    private static double[] Weights(double deviation)
    {
        var weights = new double[1 + (int)Math.Round(DeviationsOfReach * deviation)];
        double sum = 0;
        for (int distance = 0; distance < weights.Length; distance++)
        {
            weights[distance] = Math.Exp(-0.5 * (distance / deviation) * (distance / deviation));
            sum += distance == 0 ? weights[distance] : 2 * weights[distance];
        }
        return Array.ConvertAll(weights, weight => weight / sum);
    }

    private static void Line(Span<float> heat, int first, int stride, Span<double> line, ReadOnlySpan<double> weights)
    {
        for (int i = 0; i < line.Length; i++)
            line[i] = heat[first + (i * stride)];
        for (int i = 0; i < line.Length; i++)
        {
            double sum = weights[0] * line[i];
            for (int distance = 1; distance < weights.Length; distance++)
                sum += weights[distance] * (line[Mirror(i - distance, line.Length)] + line[Mirror(i + distance, line.Length)]);
            heat[first + (i * stride)] = (float)sum;
        }
    }

    private static int Mirror(int place, int length)
    {
        int period = 2 * length;
        int within = ((place % period) + period) % period;
        return within < length ? within : period - 1 - within;
    }
}
