using System.Globalization;
using System.Runtime.InteropServices;

namespace GpuVae.Data;

/// <summary>The columns of a table that hold words, and the words that each of them holds.</summary>
/// <param name="source">The file, for messages.</param>
/// <param name="header">The names of the columns, or null.</param>
/// <param name="choice">Which columns are taken, and which of them hold words.</param>
internal sealed class WordColumns(string source, IReadOnlyList<string>? header, ColumnChoice choice)
{
    // A group of columns for a category is as wide as it has levels.
    private const int MostLevels = 4096;

    private readonly Dictionary<int, Dictionary<string, int>> _levels = choice.Words.ToDictionary(
        column => column, _ => new Dictionary<string, int>(StringComparer.Ordinal));

    private readonly HashSet<int> _hasNumbers = [];

    /// <summary>
    /// Whether a cell is a word. A column that nobody named is one of words if the first of its cells that is not missing is
    /// text; if it is a number, text further down is a slip.
    /// </summary>
    /// <param name="column">In the file, from 0.</param>
    /// <param name="cell">What it holds.</param>
    /// <param name="kind">What that is, taken for a number.</param>
    /// <param name="row">From 1, as the file counts.</param>
    /// <exception cref="DataException">The column has more levels than a category may have.</exception>
    public bool Takes(int column, string cell, CellKind kind, int row)
    {
        if (!_levels.TryGetValue(column, out Dictionary<string, int>? levels))
        {
            if (!choice.FindsWords || kind == CellKind.Missing || _hasNumbers.Contains(column))
                return false;
            if (kind != CellKind.Text || TableCell.IsDate(cell))
            {
                _hasNumbers.Add(column);
                return false;
            }
            _levels.Add(column, levels = new Dictionary<string, int>(StringComparer.Ordinal));
        }
        int most = choice.Words.Contains(column) ? MostLevels : Category.MostLevels;
        if (kind == CellKind.Missing || levels.ContainsKey(cell) || levels.Count < most)
            return true;
        string value = ColumnChoice.OptionValue(header, column);
        string named = most < MostLevels ? $", or --categorical {value} to take it as it is" : "";
        throw new DataException(string.Create(
            CultureInfo.InvariantCulture,
            $"{source}: row {row}: column {value} has more than {most} different words; --drop {value} leaves it out{named}"));
    }

    /// <summary>The position of a word among those of its column.</summary>
    public int Level(int column, string cell)
    {
        Dictionary<string, int> levels = _levels[column];
        ref int level = ref CollectionsMarshal.GetValueRefOrAddDefault(levels, cell, out bool exists);
        if (!exists)
            level = levels.Count - 1;
        return level;
    }

    /// <summary>As of <see cref="ImageSet.Levels"/>.</summary>
    public IReadOnlyList<IReadOnlyList<string>?>? Levels() => _levels.Count == 0
        ? null
        : [.. choice.Numbers.Select(column => _levels.TryGetValue(column, out Dictionary<string, int>? levels)
            ? (IReadOnlyList<string>)[.. levels.OrderBy(level => level.Value).Select(level => level.Key)]
            : null)];

    /// <summary>The columns that were found without having been named, with their levels; null for none.</summary>
    public string? DescribeFound()
    {
        const int Most = 8;
        int[] found = [.. _levels.Keys.Except(choice.Words).Order()];
        return found.Length == 0
            ? null
            : string.Join(", ", found.Take(Most).Select(column => string.Create(
                CultureInfo.InvariantCulture, $"{ColumnChoice.OptionValue(header, column)} ({_levels[column].Count} levels)")))
                + (found.Length > Most ? ", …" : "");
    }
}
