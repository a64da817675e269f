namespace GpuVae.Data;

/// <summary>
/// What becomes of real numbers before a model sees them: x' = (x − offset) · factor, with one offset and factor for all
/// numbers or one for each column. Bytes are images, and are always divided by 255 instead.
/// </summary>
/// <param name="Method">A key of <see cref="Methods"/>.</param>
/// <param name="Offsets">(1) or (D), found from training examples; empty as long as they have not been looked at.</param>
/// <param name="Factors">The same for the factors.</param>
public sealed record Scaling(string Method, IReadOnlyList<double> Offsets, IReadOnlyList<double> Factors)
{
    /// <summary>The methods and what each does.</summary>
    public static IReadOnlyDictionary<string, string> Methods { get; } = new Dictionary<string, string>
    {
        ["none"] = "as they are",
        ["min-max"] = "the least of all training numbers becomes 0, the largest 1",
        ["standard"] = "each column gets mean 0 and variance 1 over the training examples",
        ["pixels"] = "divided by 255",
    };

    /// <summary>Numbers stay as they are.</summary>
    public static Scaling None { get; } = Named("none");

    /// <summary>A method whose numbers are still to be found.</summary>
    /// <exception cref="UserException">There is no such method.</exception>
    public static Scaling Named(string method) => Methods.ContainsKey(method)
        ? new Scaling(method, [], [])
        : throw new UserException($"--scale {QuotedText.Excerpt(method)}: unknown; choose from {string.Join(", ", Methods.Keys)}");

    /// <summary>Finds offsets and factors from training examples, if they are not known yet.</summary>
    public Scaling Fit(ImageSet train)
    {
        ArgumentNullException.ThrowIfNull(train);
        if (Offsets.Count > 0 || train.Values is not float[] values || values.Length == 0)
            return this;
        return Method switch
        {
            "min-max" => FitRange(values),
            "standard" => FitMoments(values, train.Dimensions),
            "pixels" => this with { Offsets = [0], Factors = [1.0 / 255] },
            _ => this,
        };
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

    private Scaling FitRange(float[] values)
    {
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        foreach (float value in values)
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
        double range = (double)most - least;
        return this with { Offsets = [least], Factors = [range > 0 ? 1 / range : 1] };
    }

    // A column that never changes becomes 0: its variance would be what rounding makes of it.
    private Scaling FitMoments(float[] values, int dimensions)
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
        return this with { Offsets = means, Factors = Array.ConvertAll(squares, square => 1 / Math.Sqrt(square)) };
    }
}
