using System.Globalization;

namespace GpuVae.Data;

/// <summary>What somebody who trains on a table should know of its columns.</summary>
public static class TableWarnings
{
    // Rows of a Gaussian of deviation 1 hardly notice a column of a hundredth of another's spread.
    private const double LargestRatio = 100;
    private const double LargestNumber = 1e3;
    private const int MostNames = 5;

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
