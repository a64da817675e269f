using System.Globalization;

namespace GpuVae.Data;

/// <summary>Collects the rows of a text file as numbers and labels.</summary>
/// <param name="source">The file, for messages.</param>
/// <param name="columns">Cells of every row.</param>
/// <param name="choice">Which of them are taken.</param>
/// <param name="header">The names of the columns, or null.</param>
/// <param name="mark">What stands before decimals.</param>
/// <param name="keepsInfinite">Whether infinite numbers stay instead of being refused.</param>
internal sealed class CsvTableBuilder(
    string source, int columns, ColumnChoice choice, IReadOnlyList<string>? header, DecimalMark mark,
    bool keepsInfinite = false)
{
    private const int MostTold = 8;

    private readonly List<string>? _labels = choice.Label is null ? null : [];
    private readonly List<string> _rows = [];
    private readonly BadCells _bad = new(columns, header, choice.FindsWords);
    private readonly WordColumns _words = new(source, header, choice);
    private readonly SortedSet<int> _shortened = [];
    private double[] _numbers = new double[1024];
    private int _count;
    private int _shortenedCount;
    private string _shortenedPlace = "";

    /// <summary>Whether a number had commas between its thousands.</summary>
    public bool HasThousands { get; private set; }

    /// <summary>Adds a row.</summary>
    /// <param name="cells">As many as there are columns.</param>
    /// <param name="row">From 1, as the file counts.</param>
    /// <exception cref="DataException">It has another length.</exception>
    public void Add(List<string> cells, int row)
    {
        if (cells.Count != columns)
        {
            throw new DataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{source}: row {row}: {cells.Count} cells, and the rows before have {columns}; every row needs as many"));
        }
        Grow();
        foreach (int column in choice.Numbers)
        {
            string cell = cells[column];
            CellKind kind = TableCell.Read(cell, mark, out double number);
            if (_words.Takes(column, cell, kind, row))
            {
                _numbers[_count++] = kind == CellKind.Missing ? double.NaN : _words.Level(column, cell);
                continue;
            }
            if (kind == CellKind.Infinite && keepsInfinite)
                number = cell.StartsWith('-') ? double.NegativeInfinity : double.PositiveInfinity;
            else if (kind is CellKind.Infinite or CellKind.Text)
                _bad.Add(cell, kind, row, column);
            if (kind == CellKind.Number && TableCell.LosesDigits(cell, number))
                AddShortened(cell, number, row, column);
            HasThousands |= mark == DecimalMark.Point && kind == CellKind.Number && cell.Contains(',', StringComparison.Ordinal);
            _numbers[_count++] = number;
        }
        _rows.Add(row.ToString(CultureInfo.InvariantCulture));
        if (choice.Label is int label)
            _labels!.Add(cells[label]);
    }

    /// <summary>Everything that was added, NaN where a cell is missing.</summary>
    /// <param name="decimalMark">As of <see cref="ImageSet.DecimalMark"/>.</param>
    /// <exception cref="DataException">A cell is no finite number.</exception>
    public ImageSet ToImages(char? decimalMark = null)
    {
        _bad.Refuse(source, _rows.Count);
        Array.Resize(ref _numbers, _count);
        (int[][] Classes, IReadOnlyList<string> Names)? labels = _labels is null ? null : Labels.ToClasses(_labels);
        return new ImageSet(
            _numbers, labels?.Classes[0], 1, choice.Numbers.Length, labelNames: labels?.Names)
        {
            ColumnNames = header is null ? null : NamesOf(choice.Numbers, header),
            ExampleNames = _rows,
            Levels = _words.Levels(),
            DecimalMark = decimalMark,
        };
    }

    /// <summary>The columns of words that were found without having been named: <c>colour (3 levels)</c>; null for none.</summary>
    public string? DescribeFound() => _words.DescribeFound();

    /// <summary>Whole numbers of more digits than numbers keep, with an example; null for none.</summary>
    public string? DescribeShortened()
    {
        if (_shortenedCount == 0)
            return null;
        string first = ColumnChoice.OptionValue(header, _shortened.Min), columns = _shortened.Count == 1
            ? $"column {first}"
            : $"columns {string.Join(", ", _shortened.Take(MostTold).Select(column => ColumnChoice.OptionValue(header, column)))}{(_shortened.Count > MostTold ? ", …" : "")}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{columns}: {_shortenedCount} whole number{(_shortenedCount == 1 ? " has" : "s have")} more digits than a number keeps: {_shortenedPlace} (--categorical {first}: as words; --drop {first}: left out)");
    }

    private void AddShortened(string cell, double number, int row, int column)
    {
        if (_shortenedCount++ == 0)
            _shortenedPlace = string.Create(CultureInfo.InvariantCulture, $"{QuotedText.Excerpt(cell)} in row {row} is taken as {number:F0}");
        _shortened.Add(column);
    }

    private static string[] NamesOf(int[] numbers, IReadOnlyList<string> header)
    {
        string[] names = ColumnChoice.Named(header);
        return Array.ConvertAll(numbers, column => names[column]);
    }

    private void Grow()
    {
        long needed = (long)_count + choice.Numbers.Length;
        if (needed <= _numbers.Length)
            return;
        MemoryLimit.Require(source, 2 * needed, sizeof(double));
        Array.Resize(ref _numbers, (int)Math.Min(2 * needed, Array.MaxLength));
    }
}
