using GpuVae.Kernels;

namespace GpuVae.Evaluation;

/// <summary>Codes (n, k) that show what a model has learned, row by row of the picture that is made from them.</summary>
public static class CodeGrids
{
    /// <summary>The probability of the first quantile in a traversal or a plane.</summary>
    public const double LowestQuantile = 0.05;

    /// <summary>The probability of the last one.</summary>
    public const double HighestQuantile = 0.95;

    /// <summary>Draws from the prior N(0, I); the first n are the same however many are drawn.</summary>
    /// <param name="count">n.</param>
    /// <param name="units">k.</param>
    /// <param name="seed">Decides the draws.</param>
    /// <returns>(n, k).</returns>
    public static float[] PriorSamples(int count, int units, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(units);
        var codes = new float[checked(count * units)];
        Philox.FillNormal(new RandomSource(seed, RandomPurpose.Prior), step: 0, codes);
        return codes;
    }

    /// <summary>Linear interpolation from a to b: (1 − t)·a + t·b for t = 0 … 1.</summary>
    /// <param name="from">a (k).</param>
    /// <param name="to">b (k).</param>
    /// <param name="steps">n, at least 2: both ends are among them.</param>
    /// <returns>(n, k).</returns>
    public static float[] LinearInterpolation(ReadOnlySpan<float> from, ReadOnlySpan<float> to, int steps) =>
        Interpolate(from, to, steps, t => (1 - t, t));

    /// <summary>
    /// Spherical interpolation, from a to b on a great circle: (sin((1 − t)Ω)·a + sin(tΩ)·b) / sin Ω for t = 0 … 1, with Ω the angle
    /// between them (Shoemake 1985, section 3.3). Codes drawn from N(0, I) all have about the length √k; this keeps it,
    /// where linear interpolation passes shorter codes (White 2016). Straight where a and b point the same or the
    /// opposite way.
    /// </summary>
    /// <param name="from">a (k).</param>
    /// <param name="to">b (k).</param>
    /// <param name="steps">n, at least 2: both ends are among them.</param>
    /// <returns>(n, k).</returns>
    public static float[] SphericalInterpolation(ReadOnlySpan<float> from, ReadOnlySpan<float> to, int steps)
    {
        double product = 0, fromSquares = 0, toSquares = 0;
        for (int i = 0; i < from.Length; i++)
        {
            product += (double)from[i] * to[i];
            fromSquares += (double)from[i] * from[i];
            toSquares += (double)to[i] * to[i];
        }
        double cosine = product / Math.Sqrt(fromSquares * toSquares);
        double angle = Math.Acos(Math.Clamp(cosine, -1, 1));
        double sine = Math.Sin(angle);
        return sine > 1e-4
            ? Interpolate(from, to, steps, t => (Math.Sin((1 - t) * angle) / sine, Math.Sin(t * angle) / sine))
            : LinearInterpolation(from, to, steps);
    }

    /// <summary>A row for each unit that is asked for: it goes through its quantiles, the others stay.</summary>
    /// <param name="center">(k), where the others stay.</param>
    /// <param name="units">Which units move.</param>
    /// <param name="quantiles">For a unit, its values from left to right; as many for each.</param>
    /// <returns>(units · values, k).</returns>
    public static float[] Traversal(
        ReadOnlySpan<float> center, IReadOnlyList<int> units, Func<int, IReadOnlyList<float>> quantiles)
    {
        ArgumentNullException.ThrowIfNull(units);
        ArgumentNullException.ThrowIfNull(quantiles);
        var codes = new List<float>();
        foreach (int unit in units)
        {
            foreach (float value in quantiles(unit))
            {
                int first = codes.Count;
                codes.AddRange(center);
                codes[first + unit] = value;
            }
        }
        return [.. codes];
    }

    /// <summary>
    /// A plane of codes (Kingma and Welling 2014, figure 4): one unit grows to the right, the other upwards, the rest
    /// stay.
    /// </summary>
    /// <param name="center">(k), where the rest stay.</param>
    /// <param name="right">The unit that grows to the right.</param>
    /// <param name="up">The unit that grows upwards.</param>
    /// <param name="rightValues">Its values from left to right.</param>
    /// <param name="upValues">The other's from the bottom to the top.</param>
    /// <returns>(up values · right values, k), the top row first.</returns>
    public static float[] Plane(
        ReadOnlySpan<float> center, int right, int up, IReadOnlyList<float> rightValues, IReadOnlyList<float> upValues)
    {
        ArgumentNullException.ThrowIfNull(rightValues);
        ArgumentNullException.ThrowIfNull(upValues);
        int units = center.Length;
        var codes = new float[checked(upValues.Count * rightValues.Count * units)];
        for (int row = 0; row < upValues.Count; row++)
        {
            for (int column = 0; column < rightValues.Count; column++)
            {
                Span<float> code = codes.AsSpan(((row * rightValues.Count) + column) * units, units);
                center.CopyTo(code);
                code[right] = rightValues[column];
                code[up] = upValues[^(row + 1)];
            }
        }
        return codes;
    }

    /// <summary>Quantiles of N(0, 1) at probabilities that lie evenly from 0.05 to 0.95.</summary>
    /// <param name="count">At least 2.</param>
    public static float[] NormalQuantiles(int count) =>
        [.. Probabilities(count).Select(probability => (float)NormalQuantile.At(probability))];

    /// <summary>
    /// Quantiles of values that were observed, at the same probabilities: for codes that no prior has shaped. Between
    /// two values in order it is linear (definition 7 of Hyndman and Fan 1996).
    /// </summary>
    /// <param name="values">At least one, in any order.</param>
    /// <param name="count">At least 2.</param>
    public static float[] Quantiles(IEnumerable<float> values, int count)
    {
        float[] sorted = [.. values.Order()];
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length, nameof(values));
        return
        [
            .. Probabilities(count).Select(probability =>
            {
                double position = probability * (sorted.Length - 1);
                int below = (int)position;
                int above = Math.Min(below + 1, sorted.Length - 1);
                return (float)(sorted[below] + ((position - below) * ((double)sorted[above] - sorted[below])));
            }),
        ];
    }

    /// <summary>The probabilities of quantiles, evenly from <see cref="LowestQuantile"/> to <see cref="HighestQuantile"/>.</summary>
    /// <param name="count">At least 2.</param>
    public static IEnumerable<double> Probabilities(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        return Enumerable.Range(0, count).Select(
            i => LowestQuantile + ((HighestQuantile - LowestQuantile) * i / (count - 1)));
    }

    private static float[] Interpolate(
        ReadOnlySpan<float> from, ReadOnlySpan<float> to, int steps, Func<double, (double From, double To)> weights)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 2);
        ArgumentOutOfRangeException.ThrowIfNotEqual(to.Length, from.Length);
        var codes = new float[checked(steps * from.Length)];
        for (int step = 0; step < steps; step++)
        {
            (double a, double b) = weights((double)step / (steps - 1));
            for (int unit = 0; unit < from.Length; unit++)
                codes[(step * from.Length) + unit] = (float)((a * from[unit]) + (b * to[unit]));
        }
        return codes;
    }
}
