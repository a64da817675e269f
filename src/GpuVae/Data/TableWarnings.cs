using System.Globalization;

namespace GpuVae.Data;

/// <summary>What somebody who trains on a table should know of its columns.</summary>
public static class TableWarnings
{
    // Rows of a Gaussian of deviation 1 hardly notice a column of a hundredth of another's spread.
    private const double LargestRatio = 100;
    private const double LargestNumber = 1e3;
    private const int MostNames = 5;

    // Beyond its range by this many times its width a column is on another scale: anomalies go far too, in a few columns.
    private const double FarRanges = 10;

    /// <summary>Looks at training examples as a model sees them, after scaling.</summary>
    /// <param name="data">Rows of real numbers; pictures and bytes have nothing to warn of.</param>
    /// <returns>Sentences, each with the option that helps.</returns>
    public static IEnumerable<string> Of(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Train.NumberColumns == 0)
            yield break;
        ImageSet train = data.Train.Numbers();
        if (train.Values is null || train.Height != 1 || train.Count < 2)
            yield break;
        (double[] means, double[] deviations) = Moments(train);
        int[] constant = [.. Enumerable.Range(0, deviations.Length).Where(column => deviations[column] == 0)
            .Except(data.FlattenedColumns)];
        if (constant.Length > 0)
        {
            string what = constant.Length == 1 ? "1 column never changes" : $"{constant.Length} columns never change";
            yield return $"{what} ({Names(train, constant)}): nothing can be learned from that; --drop leaves columns out";
        }

        int[] changing = [.. Enumerable.Range(0, deviations.Length).Where(column => deviations[column] > 0)];
        int[] flattened =
            [.. changing.Where(column => deviations[column] < Math.Abs(means[column]) * 1e-5).Union(data.FlattenedColumns)];
        if (flattened.Length > 0)
        {
            yield return $"column {Names(train, flattened)} changes by less than a hundred-thousandth of itself, which float32 "
                + "hardly holds; --scale standard takes the offset away first";
        }
        if (changing.Length == 0)
            yield break;
        int widest = changing.MaxBy(column => deviations[column]), narrowest = changing.MinBy(column => deviations[column]);
        double ratio = deviations[widest] / deviations[narrowest];
        double largest = changing.Max(column => Math.Abs(means[column]) + deviations[column]);
        if (ratio > LargestRatio)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"column {Names(train, [widest])} spreads {ratio:G3} times as far as {Names(train, [narrowest])}, ")
                + "which the loss will hardly see; --scale standard weighs columns alike";
        }
        else if (largest > LargestNumber)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"numbers go as far as {largest:G3}, and training is made for numbers of about 1; --scale standard brings them there");
        }
    }

    /// <summary>Looks whether other examples lie where those of training do.</summary>
    /// <param name="train">What training saw, as a model sees it.</param>
    /// <param name="other">Test examples or other data, through the same pipeline.</param>
    /// <param name="what">What the others are called: <c>the test examples</c>.</param>
    /// <returns>A sentence where most of their columns go far beyond those of training, else null.</returns>
    public static string? OtherScale(ImageSet train, ImageSet other, string what)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(other);
        if (train.Values is null || other.Values is null || train.Dimensions != other.Dimensions)
            return null;
        (float Least, float Most)[] trained = Ranges(train), found = Ranges(other);
        int changing = 0, far = 0;
        for (int column = 0; column < trained.Length; column++)
        {
            double width = trained[column].Most - (double)trained[column].Least;
            // One that never changes has no scale, and one without numbers lies nowhere.
            if (!(width > 0) || !(found[column].Most >= found[column].Least))
                continue;
            changing++;
            double beyond = Math.Max(trained[column].Least - (double)found[column].Least, found[column].Most - (double)trained[column].Most);
            far += beyond > FarRanges * width ? 1 : 0;
        }
        if (2 * far <= changing)
            return null;
        string Range((float Least, float Most)[] ranges) => string.Create(
            CultureInfo.InvariantCulture,
            $"{ranges.Min(range => range.Least):G4} … {ranges.Max(range => range.Most):G4}");
        return $"{what} go far beyond those of training in {far} of {changing} columns that change ({Range(found)}, and "
            + $"{Range(trained)} in training): they seem to be on another scale; bring both to one first";
    }

    /// <summary>The least and the largest finite number of each column; infinite ends where there is none.</summary>
    /// <param name="images">Numbers, and no pixels.</param>
    internal static (float Least, float Most)[] Ranges(ImageSet images)
    {
        var ranges = new (float Least, float Most)[images.Dimensions];
        Array.Fill(ranges, (float.PositiveInfinity, float.NegativeInfinity));
        for (int i = 0; i < images.Values!.Length; i++)
        {
            float value = images.Values[i];
            ref (float Least, float Most) range = ref ranges[i % ranges.Length];
            if (float.IsFinite(value))
                range = (Math.Min(range.Least, value), Math.Max(range.Most, value));
        }
        return ranges;
    }

    private static string Names(ImageSet train, int[] columns) => string.Join(", ", columns.Take(MostNames).Select(
        column => train.ColumnNames is { } names
            ? QuotedText.Excerpt(names[column])
            : (column + 1).ToString(CultureInfo.InvariantCulture))) + (columns.Length > MostNames ? ", …" : "");

    private static (double[] Means, double[] Deviations) Moments(ImageSet train)
    {
        float[] values = train.Values!;
        var means = new double[train.Dimensions];
        var deviations = new double[train.Dimensions];
        var changes = new bool[train.Dimensions];
        for (int i = 0; i < values.Length; i++)
            means[i % means.Length] += (double)values[i] / train.Count;
        for (int i = 0; i < values.Length; i++)
        {
            int column = i % means.Length;
            deviations[column] += Math.Pow(values[i] - means[column], 2) / train.Count;
            changes[column] |= values[i] != values[column];
        }
        for (int column = 0; column < deviations.Length; column++)
            deviations[column] = changes[column] ? Math.Sqrt(deviations[column]) : 0;
        return (means, deviations);
    }
}
