using System.Globalization;
using GpuVae.Data;

namespace GpuVae.Compression;

/// <summary>Finds what the columns of a table hold: whole numbers, one of a few numbers, numbers at a precision, or words.</summary>
/// <param name="source">What messages call the table.</param>
/// <param name="table">As it was read, with the columns of the pipeline; NaN for a cell that is missing.</param>
/// <param name="pipeline">What the model's numbers went through.</param>
/// <param name="precision">The unit of numbers that are neither whole nor few; null where none was given.</param>
internal sealed class TableColumns(string source, ImageSet table, Pipeline pipeline, double? precision)
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
        return table.Pixels is not null && scaling.LeavesPixels ? new ColumnScale(0, 1.0 / byte.MaxValue, false)
            : scaling.Offsets.Count == 0 ? new ColumnScale(0, 1, false)
            : new ColumnScale(scaling.Offsets[place], scaling.Factors[place], scaling.TakesLogarithms);
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
        if (distinct.Count <= few && (!isWhole || most - least >= 4.0 * distinct.Count))
            return new ListedColumn(name, scale, isMarked, [.. distinct]);
        if (isWhole && most - least < TablePixels.MostNumbers)
            return new SteppedColumn(name, scale, isMarked, 1, false, least, (long)(most - least) + 1);
        double? wanted = precision ?? (IsLossy ? PowerOfTen((most - least) * LossyPart) : null);
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
                + $"are told apart; --precision {Unit(Finest(least, most))} would do, or a run that leaves it out");
        }
        var stepped = new SteppedColumn(name, scale, isMarked, unit, isDivided, first, (long)(last - first) + 1);
        double error = 0;
        for (int row = 0; row < table.Count; row++)
        {
            double value = Number(row, column);
            if (!double.IsNaN(value))
                error = Math.Max(error, Math.Abs(value - stepped.Value(stepped.PlaceOf(value))));
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
                + $"are told apart; --precision {Unit(finest)} would do, or a run that leaves it out");
        }
        int decimals = Enumerable.Range(0, Math.Min(table.Count, 1000)).Select(row => Number(row, column)).Where(double.IsFinite).Select(Decimals).DefaultIfEmpty().Max();
        double asWritten = Math.Pow(10, -decimals);
        string what = decimals <= MostDecimals && asWritten >= finest
            ? $"{Unit(asWritten)} keeps those of its first rows as they are"
            : $"{Unit(finest)} is the finest that it takes";
        return new UserException($"{source}: column {Shown(name)} has real numbers; say with --precision how exactly they are kept: {what}");
    }

    /// <summary>The power of ten that has few enough steps.</summary>
    private static double Finest(double least, double most)
    {
        double unit = Math.Max((most - least) / (TablePixels.MostNumbers - 2), Math.Max(Math.Abs(least), Math.Abs(most)) * 2 / MostSteps);
        return unit > 0 ? PowerOfTen(unit) : 1;
    }

    /// <summary>The least power of ten that is not below a number.</summary>
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

    private static string Shown(string name) => QuotedText.Excerpt(name);

    /// <summary>A power of ten as a person types it.</summary>
    private static string Unit(double number) => number.ToString("0e0", CultureInfo.InvariantCulture);

    private static string Text(double number) => number.ToString("G6", CultureInfo.InvariantCulture);
}
