using System.Globalization;

namespace GpuVae.Data;

/// <summary>Collects the cells of a table that are no numbers, to tell of them together.</summary>
/// <param name="columns">Cells of a row.</param>
/// <param name="header">The names of the columns, or null.</param>
/// <param name="findsWords">Whether columns of words were to be found by their first cells.</param>
internal sealed class BadCells(int columns, IReadOnlyList<string>? header, bool findsWords)
{
    private const int MostPlaces = 10;
    private const int MostColumns = 8;

    private readonly List<string> _places = [];
    private readonly long[] _texts = new long[columns];
    private readonly long[] _dates = new long[columns];
    private long _count;
    private long _infinite;

    /// <summary>Adds a cell.</summary>
    /// <param name="cell">What it holds.</param>
    /// <param name="kind"><see cref="CellKind.Infinite"/> or <see cref="CellKind.Text"/>.</param>
    /// <param name="row">From 1, as the file counts.</param>
    /// <param name="column">From 0.</param>
    public void Add(string cell, CellKind kind, int row, int column)
    {
        _count++;
        if (kind == CellKind.Infinite)
            _infinite++;
        else if (TableCell.IsDate(cell))
            _dates[column]++;
        else
            _texts[column]++;
        if (_places.Count == MostPlaces)
            return;
        string name = header is null ? "" : $" ({QuotedText.Excerpt(header[column])})";
        _places.Add(string.Create(
            CultureInfo.InvariantCulture, $"row {row}, column {column + 1}{name}: '{QuotedText.Excerpt(cell)}'"));
    }

    /// <summary>Refuses the table if a cell was added.</summary>
    /// <param name="source">The file.</param>
    /// <param name="rows">How many rows there are, to tell a column of text from a slip.</param>
    /// <exception cref="DataException">With the first places, how many there are, and what to do.</exception>
    public void Refuse(string source, long rows)
    {
        if (_count == 0)
            return;
        string what = _infinite == _count ? "no finite number" : "no number such as 0.5 or 1e-3";
        string places = _count == 1
            ? $"{_places[0]} is {what}"
            : string.Create(CultureInfo.InvariantCulture, $"{_count} cells are {what}: {string.Join("; ", _places)}")
                + (_count > _places.Count ? "; …" : "");
        List<string> advice = [];
        int[] dates = [.. Enumerable.Range(0, columns).Where(column => 2 * _dates[column] > rows)];
        int[] texts = [.. Enumerable.Range(0, columns).Where(column => 2 * (_texts[column] + _dates[column]) > rows).Except(dates)];
        if (dates.Length > 0)
            advice.Add($"{Subject(dates)} dates: leave {Them(dates)} out with --drop {Values(dates)}");
        if (texts.Length > 0)
        {
            advice.Add(
                $"{Subject(texts)} text: take {Them(texts)} as categories with --categorical {Values(texts)}, leave {Them(texts)} out with "
                + $"--drop {Values(texts)}, or give --label-column {ColumnChoice.OptionValue(header, texts[^1])} if these are labels");
        }
        int[] slips = [.. Enumerable.Range(0, columns).Except(dates).Except(texts).Where(column => _texts[column] + _dates[column] > 0)];
        if (slips.Length > 0)
        {
            string words = $", take their columns as words with --categorical auto,{Values(slips)},";
            advice.Add($"mend the cells{(findsWords ? words : ",")} or leave their columns out with --drop");
        }
        if (_infinite > 0)
            advice.Add("leave the rows of infinite numbers out, or fill the cells");
        throw new DataException($"{source}: {places}; {string.Join("; ", advice)}");
    }

    private static string Them(int[] which) => which.Length == 1 ? "it" : "them";

    private string Subject(int[] which) => which.Length == 1
        ? $"column {ColumnChoice.OptionValue(header, which[0])} is"
        : $"columns {Values(which)} are";

    private string Values(int[] which) => string.Join(
        ',', which.Take(MostColumns).Select(column => ColumnChoice.OptionValue(header, column)))
        + (which.Length > MostColumns ? ",…" : "");
}
