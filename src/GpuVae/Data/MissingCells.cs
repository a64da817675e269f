using System.Globalization;

namespace GpuVae.Data;

/// <summary>Cells of a table that hold no number: NaN in what readers give.</summary>
internal static class MissingCells
{
    private const int MostPlaces = 10;

    /// <summary>How many each column has: (D).</summary>
    public static int[] CountByColumn(ImageSet images)
    {
        var counts = new int[images.Dimensions];
        for (int i = 0; !images.AreBytes && i < images.Count * images.Dimensions; i++)
            counts[i % images.Dimensions] += double.IsNaN(images.Number(i)) ? 1 : 0;
        return counts;
    }

    /// <summary>Refuses examples with missing cells; the message says where the first of them are.</summary>
    /// <param name="source">The file.</param>
    /// <param name="images">As they were read.</param>
    /// <param name="isTrained">Whether a trained model is to see them, so that it is too late for an option of training.</param>
    /// <exception cref="DataException">There is such a cell.</exception>
    public static void Refuse(string source, ImageSet images, bool isTrained = false)
    {
        int count = CountByColumn(images).Sum();
        if (count == 0)
            return;
        string[] places =
        [
            .. Enumerable.Range(0, images.Count * images.Dimensions).Where(i => double.IsNaN(images.Number(i)))
                .Take(MostPlaces).Select(i => ValueCheck.Place(images, i)),
        ];
        string more = count > places.Length ? $" and {count - places.Length} more" : "";
        throw new DataException(string.Create(
            CultureInfo.InvariantCulture,
            $"{source}: {count} cell{(count == 1 ? " is" : "s are")} missing: {string.Join("; ", places)}{more}; ")
            + (isTrained
                ? "fill them, or train with --missing mean; gpuvae detect takes such rows for anomalies"
                : "--missing drop leaves their rows out, --missing mean or median fills them, --drop leaves columns out"));
    }

    /// <summary>The rows in which nothing is missing.</summary>
    public static ImageSet DropRows(ImageSet images)
    {
        if (images.AreBytes)
            return images;
        int[] whole =
        [
            .. Enumerable.Range(0, images.Count).Where(row => !Enumerable.Range(row * images.Dimensions, images.Dimensions)
                .Any(i => double.IsNaN(images.Number(i)))),
        ];
        return whole.Length == images.Count ? images : images.Take(whole);
    }

    /// <summary>What is to stand for missing cells in each column: (D); 0 for a column of words, where they stay.</summary>
    /// <param name="source">The file, for messages.</param>
    /// <param name="train">Training examples.</param>
    /// <param name="rule">Mean or median.</param>
    /// <exception cref="DataException">A column has no number at all.</exception>
    public static double[] FillValues(string source, ImageSet train, MissingRule rule)
    {
        var fills = new double[train.Dimensions];
        var numbers = new List<double>(train.Count);
        for (int column = 0; column < fills.Length; column++)
        {
            if (train.Levels?[column] is not null)
                continue;
            numbers.Clear();
            for (int row = 0; row < train.Count; row++)
            {
                double number = train.Number((row * train.Dimensions) + column);
                if (!double.IsNaN(number))
                    numbers.Add(number);
            }
            if (numbers.Count == 0)
            {
                string name = train.ColumnNames is { } names ? $" ({QuotedText.Excerpt(names[column])})" : "";
                throw new DataException($"{source}: column {column + 1}{name}: has no number in any training example; leave it out with --drop {ColumnChoice.OptionValue(train.ColumnNames, column)}");
            }
            fills[column] = rule == MissingRule.Mean ? Mean(numbers) : Median(numbers);
        }
        return fills;
    }

    /// <summary>The examples with numbers in the place of missing cells.</summary>
    /// <param name="images">As they were read.</param>
    /// <param name="fills">(D).</param>
    public static ImageSet Fill(ImageSet images, IReadOnlyList<double> fills)
    {
        if (CountByColumn(images).Sum() == 0)
            return images;
        var filled = new double[checked(images.Count * images.Dimensions)];
        for (int i = 0; i < filled.Length; i++)
        {
            int column = i % images.Dimensions;
            double number = images.Number(i);
            filled[i] = double.IsNaN(number) && images.Levels?[column] is null ? fills[column] : number;
        }
        return images.WithExact(filled);
    }

    // Of differences, so that what all have in common takes no digits from the sum.
    private static double Mean(List<double> numbers) => numbers[0] + numbers.Average(number => number - numbers[0]);

    private static double Median(List<double> numbers)
    {
        numbers.Sort();
        double lower = numbers[(numbers.Count - 1) / 2], upper = numbers[numbers.Count / 2];
        return lower + ((upper - lower) / 2);
    }
}
