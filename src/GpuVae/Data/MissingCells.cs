using System.Globalization;

namespace GpuVae.Data;

/// <summary>What becomes of NaN, which stands for a cell that a table leaves out.</summary>
internal static class MissingCells
{
    private const int MostPlaces = 10;

    /// <summary>Refuses examples of which a number is missing.</summary>
    /// <param name="source">The file, for the message.</param>
    /// <param name="images">Numbers in float64 or float32; bytes are never missing.</param>
    /// <exception cref="DataException">There is one; the message has the first places and how many there are.</exception>
    public static void Refuse(string source, ImageSet images)
    {
        long missing = 0;
        var places = new List<string>();
        for (int i = 0; i < Length(images); i++)
        {
            if (!IsMissing(images, i))
                continue;
            missing++;
            if (places.Count < MostPlaces)
                places.Add(Place(images, i));
        }
        if (missing == 0)
            return;
        string cells = missing == 1 ? "a cell is missing" : string.Create(CultureInfo.InvariantCulture, $"{missing} cells are missing");
        string more = missing > places.Count ? ", …" : "";
        throw new DataException(
            $"{source}: {cells}: {string.Join("; ", places)}{more}; give --missing drop to leave their rows out, or "
            + "--missing mean|median to fill them");
    }

    /// <summary>How many numbers each column lacks.</summary>
    /// <param name="images">(N, D).</param>
    /// <returns>(D).</returns>
    public static int[] CountByColumn(ImageSet images)
    {
        var counts = new int[images.Dimensions];
        for (int i = 0; i < Length(images); i++)
        {
            if (IsMissing(images, i))
                counts[i % images.Dimensions]++;
        }
        return counts;
    }

    /// <summary>The examples that lack nothing, in their order; maybe none.</summary>
    /// <param name="images">(N, D).</param>
    /// <returns>The same where all are whole.</returns>
    public static ImageSet DropRows(ImageSet images)
    {
        var whole = new List<int>(images.Count);
        for (int row = 0; row < images.Count; row++)
        {
            int first = row * images.Dimensions, column = 0;
            while (column < images.Dimensions && !IsMissing(images, first + column))
                column++;
            if (column == images.Dimensions)
                whole.Add(row);
        }
        return whole.Count == images.Count ? images : images.Take([.. whole]);
    }

    /// <summary>The mean or median of each column over the numbers that it has.</summary>
    /// <param name="images">(N, D).</param>
    /// <param name="rule"><see cref="MissingRule.Mean"/> or <see cref="MissingRule.Median"/>.</param>
    /// <param name="source">The file, for the message.</param>
    /// <returns>(D).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rule is neither.</exception>
    /// <exception cref="DataException">A column has no numbers.</exception>
    public static double[] FillValues(ImageSet images, MissingRule rule, string? source = null)
    {
        if (rule is not (MissingRule.Mean or MissingRule.Median))
            throw new ArgumentOutOfRangeException(nameof(rule), rule, "Neither the mean nor the median.");
        var values = new double[images.Dimensions];
        var numbers = new double[images.Count];
        for (int column = 0; column < images.Dimensions; column++)
        {
            int count = 0;
            for (int row = 0; row < images.Count; row++)
            {
                double number = Number(images, (row * images.Dimensions) + column);
                if (!double.IsNaN(number))
                    numbers[count++] = number;
            }
            if (count == 0)
            {
                string name = ColumnChoice.OptionValue(images.ColumnNames, column);
                throw new DataException(
                    $"{(source is null ? "" : source + ": ")}{ColumnName(images, column)} has no number at all, so there is "
                    + $"no {(rule == MissingRule.Mean ? "mean" : "median")} to fill it with; leave it out with --drop {name}");
            }
            values[column] = rule == MissingRule.Mean ? Mean(numbers.AsSpan(0, count)) : Median(numbers.AsSpan(0, count));
        }
        return values;
    }

    /// <summary>Puts numbers in the places of those that are missing, where they lie.</summary>
    /// <param name="images">(N, D).</param>
    /// <param name="values">(D), a number for each column.</param>
    /// <returns>The same examples.</returns>
    /// <exception cref="ArgumentException">There are more or less values than columns.</exception>
    public static ImageSet Fill(ImageSet images, double[] values)
    {
        if (values.Length != images.Dimensions)
            throw new ArgumentException($"{values.Length} values for {images.Dimensions} columns.", nameof(values));
        for (int i = 0; i < Length(images); i++)
        {
            if (!IsMissing(images, i))
                continue;
            double value = values[i % images.Dimensions];
            if (images.Exact is double[] exact)
                exact[i] = value;
            else
                images.Values![i] = (float)value;
        }
        return images;
    }

    /// <summary>Where a number stands: <c>row 3, column 2 (age)</c>.</summary>
    /// <param name="images">Whose.</param>
    /// <param name="index">Among all numbers.</param>
    internal static string Place(ImageSet images, int index)
    {
        int row = index / images.Dimensions;
        string name = images.ExampleNames?[row] ?? string.Create(CultureInfo.InvariantCulture, $"{row + 1}");
        return $"row {name}, {ColumnName(images, index % images.Dimensions)}";
    }

    private static string ColumnName(ImageSet images, int column) => images.ColumnNames is IReadOnlyList<string> names
        ? $"column {QuotedText.Excerpt(names[column])}"
        : string.Create(CultureInfo.InvariantCulture, $"column {column + 1}");

    private static int Length(ImageSet images) => images.Exact?.Length ?? images.Values?.Length ?? 0;

    private static double Number(ImageSet images, int index) =>
        images.Exact is double[] exact ? exact[index] : images.Values?[index] ?? 0;

    private static bool IsMissing(ImageSet images, int index) => double.IsNaN(Number(images, index));

    // Of differences, so that what all have in common takes no digits from the sum.
    private static double Mean(ReadOnlySpan<double> numbers)
    {
        double first = numbers[0], sum = 0;
        foreach (double number in numbers)
            sum += number - first;
        return first + (sum / numbers.Length);
    }

    private static double Median(Span<double> numbers)
    {
        numbers.Sort();
        int half = numbers.Length / 2;
        return numbers.Length % 2 == 1 ? numbers[half] : numbers[half - 1] + ((numbers[half] - numbers[half - 1]) / 2);
    }
}
