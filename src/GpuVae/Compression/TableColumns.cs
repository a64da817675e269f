using System.Globalization;
using GpuVae.Data;

namespace GpuVae.Compression;

/// <summary>Finds what the columns of a table hold: whole numbers, one of a few numbers, numbers at a precision, or words.</summary>
/// <param name="source">What messages call the table.</param>
/// <param name="table">As it was read, with the columns of the pipeline; NaN for a cell that is missing.</param>
/// <param name="pipeline">What the model's numbers went through.</param>
/// <param name="precision">The unit of numbers that are neither whole nor few; null where none was given.</param>
/// <param name="precisions">The units of columns by name, also of whole numbers and few ones.</param>
internal sealed class TableColumns(
    string source, ImageSet table, Pipeline pipeline, double? precision, IReadOnlyDictionary<string, double> precisions)
{
    /// <summary>Whole numbers to here have a double each.</summary>
    public const double MostSteps = 1L << 53;

    // Each takes eight bytes of the file.
    private const int LeastListed = 4;
    private const int MostListed = 256;
    private const int RowsForListed = 32;
    private const int MostDecimals = 12;

    // What a model loses is more by far.
    private const double LossyPart = 1e-4;

    private double _largestError;
    private int _worstColumn = -1;

    /// <summary>Whether numbers need no precision: the power of ten that follows a ten-thousandth of what a column spans does then.</summary>
    public bool IsLossy { get; init; }

    /// <summary>All of them.</summary>
    /// <exception cref="UserException">A column has too many symbols, or needs a precision; the message names it.</exception>
    public TableLayout Fit()
    {
        int columns = table.Dimensions;
        RequireColumns();
        var categories = new Category?[columns];
        foreach (Category category in pipeline.Categories)
            categories[category.Column] = category;
        var found = new TableColumn[columns];
        int number = 0;
        for (int column = 0; column < columns; column++)
            found[column] = categories[column] is Category category ? Words(column, category) : Numbers(column, ScaleOf(number++));
        return new TableLayout(found) { LargestError = _largestError, WorstColumn = _worstColumn };
    }

    /// <summary>A number of the table: what its text says, where it was made float32.</summary>
    public double Number(int row, int column)
    {
        int index = (row * table.Dimensions) + column;
        return table.Values is { } values && float.IsFinite(values[index]) && values[index] != MathF.Floor(values[index])
            ? double.Parse(values[index].ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : table.Number(index) + 0.0; // −0 is 0.
    }

    /// <summary>The word of a cell; an empty one where it is missing.</summary>
    public string Word(int row, int column)
    {
        double level = table.Number((row * table.Dimensions) + column);
        return double.IsNaN(level) ? "" : table.Levels![column]![(int)level];
    }

    private string NameOf(int column) =>
        pipeline.ColumnNames.Count == table.Dimensions ? pipeline.ColumnNames[column] : $"x{column}";

    private ColumnScale ScaleOf(int number)
    {
        Scaling scaling = pipeline.Scaling;
        int place = scaling.Offsets.Count == 1 ? 0 : number;
        return table.AreBytes && scaling.LeavesPixels ? new ColumnScale(0, 1.0 / byte.MaxValue, false)
            : scaling.Offsets.Count == 0 ? new ColumnScale(0, 1, false)
            : new ColumnScale(scaling.Offsets[place], scaling.Factors[place], scaling.TakesLogarithms);
    }

    /// <summary>Refuses precisions of columns that are not there, or hold words.</summary>
    private void RequireColumns()
    {
        const int Most = 12;
        string[] names = [.. Enumerable.Range(0, table.Dimensions).Select(NameOf)];
        if (precisions.Keys.Except(names).FirstOrDefault() is string other)
        {
            throw new UserException(
                $"{source}: a precision is given for column {Shown(other)}, and there is none of that name; there is "
                + string.Join(", ", names.Take(Most).Select(Shown)) + (names.Length > Most ? $", … ({names.Length} in all)" : ""));
        }
        if (pipeline.Categories.FirstOrDefault(category => precisions.ContainsKey(names[category.Column])) is Category words)
            throw new UserException($"{source}: column {Shown(names[words.Column])} has words, which are kept as they are; give it no precision");
    }

    private WordColumn Words(int column, Category category)
    {
        List<string> words = [.. category.Levels];
        var known = new HashSet<string>(words, StringComparer.Ordinal);
        for (int row = 0; row < table.Count; row++)
        {
            string word = Word(row, column);
            if (known.Add(word))
                words.Add(word);
        }
        return new WordColumn(NameOf(column), category.Levels.Count, words);
    }

    private NumberColumn Numbers(int column, ColumnScale scale)
    {
        string name = NameOf(column);
        if (scale.Factor is not (> 0 and < double.PositiveInfinity) || !double.IsFinite(scale.Offset))
        {
            throw new UserException(
                $"{source}: the run takes column {Shown(name)} times {Text(scale.Factor)}, and sees nothing of it; train it again, or a run that leaves the column out");
        }
        double? own = precisions.TryGetValue(name, out double asked) ? asked : null;
        bool isMarked = pipeline.MaskedColumns.Contains(column);
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        bool isWhole = true;
        int few = Math.Clamp(table.Count / RowsForListed, LeastListed, MostListed);
        var distinct = new SortedSet<double>();
        for (int row = 0; row < table.Count; row++)
        {
            double value = Number(row, column);
            if (double.IsNaN(value) && isMarked)
                continue;
            if (!double.IsFinite(value))
            {
                throw new UserException(
                    $"{source}: {ValueCheck.Place(table, (row * table.Dimensions) + column)}: the cell is missing, and the run does not mark "
                    + "such cells of this column; train with --missing mean --mask-missing, or leave the row out");
            }
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
            isWhole &= value == Math.Floor(value) && Math.Abs(value) < MostSteps;
            if (distinct.Count <= few)
                distinct.Add(value);
        }
        if (distinct.Count == 0)
            distinct.Add(least = most = 0);
        // A unit of its own rounds whole numbers and few ones too, where it is one that changes them.
        if (isWhole && own < 1)
            own = null;
        if (distinct.Count <= few && own is null && (!isWhole || most - least >= 4.0 * distinct.Count))
            return new ListedColumn(name, scale, isMarked, [.. distinct]);
        if (isWhole && own is null && most - least < TablePixels.MostNumbers)
            return new SteppedColumn(name, scale, isMarked, 1, false, least, (long)(most - least) + 1);
        double? wanted = own ?? precision ?? (IsLossy ? Lossy(least, most) : null);
        if (wanted is not double unit || (isWhole && unit < 1))
            throw NeedsPrecision(name, column, isWhole, least, most);
        double inverse = Math.Round(1 / unit);
        bool isDivided = unit < 1 && Math.Abs((inverse * unit) - 1) < 1e-9;
        unit = isDivided ? inverse : unit;
        double first = SteppedColumn.Steps(least, unit, isDivided), last = SteppedColumn.Steps(most, unit, isDivided);
        if (Math.Max(Math.Abs(first), Math.Abs(last)) >= MostSteps || last - first >= TablePixels.MostNumbers)
        {
            throw new UserException(
                $"{source}: column {Shown(name)} goes from {Text(least)} to {Text(most)}, and at most {TablePixels.MostNumbers} numbers of a column "
                + $"are told apart; --precision {Suggested(column, Finest(least, most))} would do, or a run that leaves it out");
        }
        var stepped = new SteppedColumn(name, scale, isMarked, unit, isDivided, first, (long)(last - first) + 1);
        double error = 0;
        for (int row = 0; row < table.Count; row++)
        {
            double value = Number(row, column);
            if (!double.IsNaN(value))
                error = Math.Max(error, Math.Abs(value - stepped.Value(stepped.PlaceOf(value))));
        }
        if (!double.IsFinite(error))
        {
            throw new UserException(
                $"{source}: column {Shown(name)} goes from {Text(least)} to {Text(most)}, and the next multiple of {Text(stepped.Step)} is no number; "
                + $"--precision {Suggested(column, Finest(least, most))} would do");
        }
        if (error > _largestError)
            (_largestError, _worstColumn) = (error, column);
        return stepped with { IsExact = error == 0 };
    }

    private UserException NeedsPrecision(string name, int column, bool isWhole, double least, double most)
    {
        double finest = Finest(least, most);
        if (isWhole)
        {
            return new UserException(
                $"{source}: column {Shown(name)} has whole numbers from {Text(least)} to {Text(most)}, and at most {TablePixels.MostNumbers} of a column "
                + $"are told apart; --precision {Suggested(column, finest)} would do, or a run that leaves it out");
        }
        int decimals = Enumerable.Range(0, Math.Min(table.Count, 1000)).Select(row => Number(row, column)).Where(double.IsFinite).Select(Decimals).DefaultIfEmpty().Max();
        double asWritten = Math.Pow(10, -decimals);
        string what = decimals <= MostDecimals && asWritten >= finest
            ? $"{Unit(asWritten)} keeps those of its first rows as they are"
            : $"{Suggested(column, finest)} is the finest that it takes";
        string kind = least > -MostSteps && most < MostSteps ? "real numbers" : $"numbers from {Text(least)} to {Text(most)}";
        return new UserException($"{source}: column {Shown(name)} has {kind}; say with --precision how exactly they are kept: {what}");
    }

    /// <summary>The power of ten that has few enough steps.</summary>
    private static double Finest(double least, double most)
    {
        // Halves, since a difference of doubles may be none.
        double unit = Math.Max(((most * 0.5) - (least * 0.5)) / ((TablePixels.MostNumbers - 2) * 0.5), Math.Max(Math.Abs(least), Math.Abs(most)) / (MostSteps * 0.5));
        return unit > 0 ? PowerOfTen(unit) : 1;
    }

    /// <summary>The unit of a column whose numbers need none.</summary>
    private static double Lossy(double least, double most)
    {
        double part = ((most * 0.5) - (least * 0.5)) * (2 * LossyPart);
        return Math.Max(part > 0 ? PowerOfTen(part) : 0, Finest(least, most));
    }

    /// <summary>The least power of ten that is not below a number above 0.</summary>
    private static double PowerOfTen(double number) =>
        double.Parse($"1e{(int)Math.Ceiling(Math.Log10(number))}", CultureInfo.InvariantCulture);

    private static int Decimals(double value)
    {
        for (int decimals = 0; decimals <= MostDecimals; decimals++)
        {
            if (Math.Round(value, decimals) == value)
                return decimals;
        }
        return MostDecimals + 1;
    }

    /// <summary>The value of an option that gives a column a precision.</summary>
    private string Suggested(int column, double unit) =>
        $"{ColumnChoice.OptionValue([.. Enumerable.Range(0, table.Dimensions).Select(NameOf)], column)}={Unit(unit)}";

    private static string Shown(string name) => QuotedText.Excerpt(name);

    /// <summary>A power of ten as a person types it.</summary>
    private static string Unit(double number) => number.ToString("0e0", CultureInfo.InvariantCulture);

    private static string Text(double number) => number.ToString("G6", CultureInfo.InvariantCulture);
}
