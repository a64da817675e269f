namespace GpuVae.Data;

/// <summary>Finds what <see cref="Scaling"/> does to the numbers of training examples.</summary>
/// <param name="images">Training examples, as they were read.</param>
/// <returns>Offsets and factors, one for all numbers or one for each column; none leave the numbers as they are.</returns>
public delegate (double[] Offsets, double[] Factors) ScalingFit(ImageSet images);

/// <summary>
/// What becomes of numbers before a model sees them: x' = (x − offset) · factor, with one offset and factor for all numbers or
/// one for each column, in double precision: what is left of a time in seconds since 1970 once its offset is gone would not
/// be there in float32. With <c>log</c>, x is the logarithm of the number. Bytes of pictures are divided by 255 where nothing
/// else is asked for.
/// </summary>
/// <param name="Method">A key of <see cref="Methods"/>.</param>
/// <param name="Offsets">(1) or (D), found from training examples; empty as long as they have not been looked at.</param>
/// <param name="Factors">The same for the factors.</param>
public sealed record Scaling(string Method, IReadOnlyList<double> Offsets, IReadOnlyList<double> Factors)
{
    private const string Auto = "auto";
    private const string Log = "log";

    // Below it squares lose bits.
    private const double LeastSquare = 1e-290;

    /// <summary>The methods.</summary>
    public static RegistryTable<ScalingFit> Methods { get; } = new("--scale")
    {
        { "none", _ => ([], []), "as they are" },
        {
            Auto, images => !images.AreBytes && images.Height == 1 ? FitMoments(images) : ([], []),
            "rows of numbers as standard, pictures as they are"
        },
        { "min-max", FitRange, "the least of all training numbers becomes 0, the largest 1" },
        { "standard", FitMoments, "each column gets mean 0 and variance 1 over the training examples" },
        { "robust", FitQuartiles, "each column gets median 0 and interquartile range 1" },
        { Log, FitMoments, "the logarithm of each number above 0, then as standard" },
        { "pixels", _ => ([0], [1.0 / 255]), "divided by 255" },
    };

    /// <summary>Numbers stay as they are.</summary>
    public static Scaling None { get; } = Named("none");

    /// <summary>Whether what training examples become lies in 0 … 1, for pixels of bytes at least.</summary>
    internal bool StaysInUnitRange => Method is "min-max" or "pixels";

    internal bool TakesLogarithms => Method == Log;

    /// <summary>Whether bytes, which are divided by 255 anyway, need nothing else.</summary>
    internal bool LeavesPixels => Method is "none" or Auto or "pixels";

    /// <summary>A method whose numbers are still to be found.</summary>
    /// <exception cref="UserException">There is no such method.</exception>
    public static Scaling Named(string method)
    {
        Methods.Require(method);
        return new Scaling(method, [], []);
    }

    /// <summary>Finds offsets and factors from training examples, if they are not known yet.</summary>
    /// <param name="train">As they were read.</param>
    /// <exception cref="DataException"><c>log</c> meets a number that is not above 0.</exception>
    public Scaling Fit(ImageSet train) => Fit("the training examples", train);

    /// <summary>The same, where messages are to name the data.</summary>
    internal Scaling Fit(string source, ImageSet train)
    {
        ArgumentNullException.ThrowIfNull(train);
        if (Offsets.Count > 0 || train.Count == 0 || (train.AreBytes && LeavesPixels))
            return this;
        RequireHeld(source, train);
        (double[] offsets, double[] factors) =
            Methods.Find(Method)(TakesLogarithms ? Logarithms(source, train) : train);
        return this with { Offsets = offsets, Factors = factors };
    }

    /// <summary>Numbers as a model takes them. Where nothing is to be done to float32 numbers they are shared.</summary>
    /// <param name="source">The file, for messages.</param>
    /// <param name="images">As they were read.</param>
    /// <param name="keepsImpossible">
    /// Whether a number without a logarithm becomes NaN, and one beyond float32 infinite, instead of being refused.
    /// </param>
    /// <exception cref="DataException">
    /// The scaling is for examples of another length, or a number is beyond float32 after it.
    /// </exception>
    public ImageSet Apply(string source, ImageSet images, bool keepsImpossible = false)
    {
        ArgumentNullException.ThrowIfNull(images);
        if ((images.AreBytes && LeavesPixels) || (images.Exact is null && Offsets.Count == 0))
            return images;
        RequireHeld(source, images);
        if (Offsets.Count > 1 && Offsets.Count != images.Dimensions)
        {
            throw new DataException(
                $"{source}: examples of {images.Dimensions} numbers, and the run scales {Offsets.Count}; give the data "
                + "that it was trained on, or data like it");
        }
        ImageSet unscaled = TakesLogarithms ? Logarithms(source, images, keepsImpossible) : images;
        var scaled = new float[checked(images.Count * images.Dimensions)];
        for (int i = 0; i < scaled.Length; i++)
        {
            double number = unscaled.Number(i);
            if (Offsets.Count > 0)
            {
                int column = Offsets.Count == 1 ? 0 : i % images.Dimensions;
                number = (number - Offsets[column]) * Factors[column];
            }
            scaled[i] = (float)number;
            if (!keepsImpossible && float.IsInfinity(scaled[i]) && double.IsFinite(unscaled.Number(i)))
                throw TooLarge(source, images, i);
        }
        return images.WithValues(scaled);
    }

    /// <summary>Numbers of a model in the units of the file.</summary>
    /// <param name="values">(N, D).</param>
    /// <param name="dimensions">D.</param>
    /// <returns>(N, D).</returns>
    public double[] Invert(ReadOnlySpan<float> values, int dimensions)
    {
        var numbers = new double[values.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            int column = Offsets.Count == 1 ? 0 : i % dimensions;
            double number = Offsets.Count == 0 ? values[i] : (values[i] / Factors[column]) + Offsets[column];
            numbers[i] = TakesLogarithms ? Math.Exp(number) : number;
        }
        return numbers;
    }

    private void RequireHeld(string source, ImageSet images)
    {
        if (images.IsStreamed)
        {
            throw new DataException(
                $"{source}: --scale {Method}: pixels that stay in their file are divided by 255 and nothing else; leave --scale out, or let all of "
                + "them into memory with --data-memory");
        }
    }

    private static DataException TooLarge(string source, ImageSet images, int index) => new(FormattableString.Invariant(
        $"{source}: {ValueCheck.Place(images, index)}: {images.Number(index):R} is beyond the largest number of a model, ")
        + $"{float.MaxValue:G3}; give --scale standard, or leave the column out");

    private static ImageSet Logarithms(string source, ImageSet images, bool keepsImpossible = false)
    {
        var logarithms = new double[checked(images.Count * images.Dimensions)];
        for (int i = 0; i < logarithms.Length; i++)
        {
            double number = images.Number(i);
            if (number <= 0 && !keepsImpossible)
            {
                throw new DataException(FormattableString.Invariant(
                    $"{source}: {ValueCheck.Place(images, i)}: {number:R} has no logarithm; --scale log is for numbers above 0"));
            }
            // Of 0 it would be −∞, and of less NaN: neither is a number to score.
            logarithms[i] = number <= 0 ? double.NaN : Math.Log(number);
        }
        return new ImageSet(logarithms, images.Labels, images.Height, images.Width, images.Channels, images.LabelNames);
    }

    private static (double[] Offsets, double[] Factors) FitRange(ImageSet images)
    {
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        for (int i = 0; i < images.Count * images.Dimensions; i++)
            (least, most) = (Math.Min(least, images.Number(i)), Math.Max(most, images.Number(i)));
        return ([least], [most > least ? InverseOfRange(least, most) : 1]);
    }

    /// <summary>1/(most − least), above 0 and finite, also where the difference or its inverse has no double.</summary>
    private static double InverseOfRange(double least, double most)
    {
        double range = most - least;
        return Math.Min(double.IsFinite(range) ? 1 / range : 0.5 / ((most * 0.5) - (least * 0.5)), double.MaxValue);
    }

    // A column that never changes becomes 0: its variance would be what rounding makes of it.
    private static (double[] Offsets, double[] Factors) FitMoments(ImageSet images)
    {
        int rows = images.Count, dimensions = images.Dimensions;
        var means = new double[dimensions];
        var squares = new double[dimensions];
        var changes = new bool[dimensions];
        for (int i = 0; i < rows * dimensions; i++)
            means[i % dimensions] += images.Number(i) / rows;
        for (int i = 0; i < rows * dimensions; i++)
        {
            int column = i % dimensions;
            double difference = images.Number(i) - means[column];
            squares[column] += difference * difference / rows;
            changes[column] |= images.Number(i) != images.Number(column);
        }
        var factors = new double[dimensions];
        for (int column = 0; column < dimensions; column++)
        {
            if (!changes[column])
                (means[column], squares[column]) = (images.Number(column), 1);
            factors[column] = squares[column] is >= LeastSquare and < double.PositiveInfinity
                ? 1 / Math.Sqrt(squares[column])
                : InverseOfDeviation(images, column, means[column]);
        }
        return (means, factors);
    }

    /// <summary>1/σ of a column whose squares have no double: of its numbers by the one that is furthest from the mean.</summary>
    private static double InverseOfDeviation(ImageSet images, int column, double mean)
    {
        double most = 0, sum = 0;
        for (int i = column; i < images.Count * images.Dimensions; i += images.Dimensions)
            most = Math.Max(most, Math.Abs((images.Number(i) * 0.5) - (mean * 0.5)));
        for (int i = column; i < images.Count * images.Dimensions; i += images.Dimensions)
        {
            double part = ((images.Number(i) * 0.5) - (mean * 0.5)) / most;
            sum += part * part / images.Count;
        }
        return most > 0 ? Math.Min(0.5 / most / Math.Sqrt(sum), double.MaxValue) : 1;
    }

    // Where half of a column is one number its interquartile range is 0, and the standard deviation stands in.
    private static (double[] Offsets, double[] Factors) FitQuartiles(ImageSet images)
    {
        (double[] offsets, double[] factors) = FitMoments(images);
        var column = new double[images.Count];
        for (int j = 0; j < images.Dimensions; j++)
        {
            for (int row = 0; row < images.Count; row++)
                column[row] = images.Number((row * images.Dimensions) + j);
            Array.Sort(column);
            offsets[j] = Quantile(column, 0.5);
            (double low, double high) = (Quantile(column, 0.25), Quantile(column, 0.75));
            if (high > low)
                factors[j] = InverseOfRange(low, high);
        }
        return (offsets, factors);
    }

    /// <summary>Linear between the two neighbours of q (n − 1), as NumPy has it.</summary>
    private static double Quantile(double[] sorted, double q)
    {
        double position = q * (sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
