namespace GpuVae.Data;

/// <summary>Finds what <see cref="Scaling"/> does to the numbers of training examples.</summary>
/// <param name="values">(N, D), row by row.</param>
/// <param name="dimensions">D.</param>
/// <returns>Offsets and factors, one for all numbers or one for each column; none leave the numbers as they are.</returns>
public delegate (double[] Offsets, double[] Factors) ScalingFit(float[] values, int dimensions);

/// <summary>
/// What becomes of real numbers before a model sees them: x' = (x − offset) · factor, with one offset and factor for all
/// numbers or one for each column. Bytes are images, and are always divided by 255 instead.
/// </summary>
/// <param name="Method">A key of <see cref="Methods"/>.</param>
/// <param name="Offsets">(1) or (D), found from training examples; empty as long as they have not been looked at.</param>
/// <param name="Factors">The same for the factors.</param>
public sealed record Scaling(string Method, IReadOnlyList<double> Offsets, IReadOnlyList<double> Factors)
{
    /// <summary>The methods.</summary>
    public static RegistryTable<ScalingFit> Methods { get; } = new("--scale")
    {
        { "none", (_, _) => ([], []), "as they are" },
        { "min-max", FitRange, "the least of all training numbers becomes 0, the largest 1" },
        { "standard", FitMoments, "each column gets mean 0 and variance 1 over the training examples" },
        { "pixels", (_, _) => ([0], [1.0 / 255]), "divided by 255" },
    };

    /// <summary>Numbers stay as they are.</summary>
    public static Scaling None { get; } = Named("none");

    /// <summary>A method whose numbers are still to be found.</summary>
    /// <exception cref="UserException">There is no such method.</exception>
    public static Scaling Named(string method)
    {
        Methods.Require(method);
        return new Scaling(method, [], []);
    }

    /// <summary>Finds offsets and factors from training examples, if they are not known yet.</summary>
    public Scaling Fit(ImageSet train)
    {
        ArgumentNullException.ThrowIfNull(train);
        if (Offsets.Count > 0 || train.Values is not float[] values || values.Length == 0)
            return this;
        (double[] offsets, double[] factors) = Methods.Find(Method)(values, train.Dimensions);
        return this with { Offsets = offsets, Factors = factors };
    }

    /// <summary>Scales real numbers where they lie.</summary>
    /// <param name="source">The file, for messages.</param>
    /// <param name="images">Bytes stay as they are.</param>
    /// <exception cref="DataException">The scaling is for examples of another length.</exception>
    public void Apply(string source, ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Values is not float[] values || Offsets.Count == 0)
            return;
        if (Offsets.Count != 1 && Offsets.Count != images.Dimensions)
        {
            throw new DataException(
                $"{source}: examples of {images.Dimensions} numbers, and the run scales {Offsets.Count}; give the data "
                + "that it was trained on, or data like it");
        }
        for (int i = 0; i < values.Length; i++)
        {
            int column = Offsets.Count == 1 ? 0 : i % images.Dimensions;
            values[i] = (float)((values[i] - Offsets[column]) * Factors[column]);
        }
    }

    private static (double[] Offsets, double[] Factors) FitRange(float[] values, int dimensions)
    {
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        foreach (float value in values)
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
        double range = (double)most - least;
        return ([least], [range > 0 ? 1 / range : 1]);
    }

    // A column that never changes becomes 0: its variance would be what rounding makes of it.
    private static (double[] Offsets, double[] Factors) FitMoments(float[] values, int dimensions)
    {
        int rows = values.Length / dimensions;
        var means = new double[dimensions];
        var squares = new double[dimensions];
        var changes = new bool[dimensions];
        for (int i = 0; i < values.Length; i++)
            means[i % dimensions] += (double)values[i] / rows;
        for (int i = 0; i < values.Length; i++)
        {
            int column = i % dimensions;
            double difference = values[i] - means[column];
            squares[column] += difference * difference / rows;
            changes[column] |= values[i] != values[column];
        }
        for (int column = 0; column < dimensions; column++)
        {
            if (!changes[column])
                (means[column], squares[column]) = (values[column], 1);
        }
        return (means, Array.ConvertAll(squares, square => 1 / Math.Sqrt(square)));
    }
}
