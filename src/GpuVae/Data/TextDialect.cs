using System.Globalization;

namespace GpuVae.Data;

/// <summary>How a text file writes its table.</summary>
/// <param name="Separator">Between cells; a space stands for any white space.</param>
/// <param name="Mark">What stands before decimals.</param>
/// <param name="EndsInSeparator">Whether a separator follows the last cell of a row too.</param>
internal sealed record TextDialect(char Separator, DecimalMark Mark, bool EndsInSeparator)
{
    // Enough to tell columns by; the first row of a wide table may well have more.
    private const int MostSniffed = 1 << 12;
    private const int MostCharacters = 1 << 18;
    private const string Candidates = "\t;,| ";

    /// <summary>Whether a number says which mark it is: 1,234 may be either.</summary>
    public bool IsMarkCertain { get; private init; }

    /// <summary>Whether there is one column only, so that nothing lies between cells.</summary>
    public bool IsSingle { get; private init; }

    /// <summary>A comma between cells and a point before decimals.</summary>
    public static TextDialect Plain { get; } = new(',', DecimalMark.Point, false);

    /// <summary>
    /// Finds it from rows: the separator by which most rows have as many cells and most cells are numbers.
    /// </summary>
    /// <param name="lines">The first rows of the file, without comments and empty lines; the first may be a header.</param>
    /// <param name="separator">The separator that the file names itself, or null.</param>
    public static TextDialect Sniff(IReadOnlyList<string> lines, char? separator)
    {
        if (lines.Count == 0)
            return Plain;
        if (separator is null && IsColumnOfCommaDecimals(lines))
            return new TextDialect(';', DecimalMark.Comma, false) { IsSingle = true, IsMarkCertain = true };
        char best = separator ?? BestSeparator(lines);
        List<string>[] rows = [.. lines.Select(line => Split(line, best))];
        DecimalMark mark = MarkOf(rows, best, out bool isCertain);
        return new TextDialect(best, mark, AllEndInSeparator(rows)) { IsMarkCertain = isCertain };
    }

    /// <summary>
    /// The same with the mark of the table that a run was trained on, where this file's numbers leave it open: 1,945 is what it
    /// would have been there.
    /// </summary>
    /// <param name="known">A point or a comma; null where it is not known.</param>
    public TextDialect WithMark(char? known) => IsMarkCertain || known is null
        ? this
        : this with { Mark = known == ',' ? DecimalMark.Comma : DecimalMark.Point };

    /// <summary>
    /// The mark that other tables are to be read with where their numbers leave it open; null where they are read with it
    /// anyway.
    /// </summary>
    public char? MarkToKeep => !IsMarkCertain ? null
        : Mark == DecimalMark.Comma ? ','
        : Separator == ';' ? '.'
        : null;

    /// <summary>What is not plain about it, for a sentence; null where nothing is.</summary>
    /// <param name="path">The file, whose ending may say so itself.</param>
    public string? Describe(string path)
    {
        bool isTsv = path.Contains(".tsv", StringComparison.OrdinalIgnoreCase);
        string? cells = Separator switch
        {
            ',' => null,
            '\t' when isTsv => null,
            '\t' => "tabs",
            ';' => "semicolons",
            ' ' => "white space",
            _ => $"'{Separator}'",
        };
        if (IsSingle)
            return "a comma stands before decimals: a single column (a first line sep=, says that commas part cells)";
        string? decimals = Mark == DecimalMark.Comma ? "a comma stands before decimals" : null;
        return (cells, decimals) switch
        {
            (null, null) => null,
            (null, _) => decimals,
            (_, null) => $"cells lie between {cells}",
            _ => $"cells lie between {cells}, and {decimals}",
        };
    }

    /// <summary>
    /// A name, and below it nothing but numbers such as 1,3: two columns would have two names. Where the whole parts count the
    /// rows they are the names that R writes before its rows.
    /// </summary>
    private static bool IsColumnOfCommaDecimals(IReadOnlyList<string> lines)
    {
        const int FewestRows = 2;
        string name = lines[0].Trim();
        if (lines.Count <= FewestRows || name.Length == 0 || name.AsSpan().IndexOfAny(Candidates) >= 0
            || TableCell.Read(name.Trim('"'), DecimalMark.Point, out _) != CellKind.Text)
        {
            return false;
        }
        bool counts = true;
        for (int row = 1; row < lines.Count; row++)
        {
            string cell = lines[row].Trim();
            if (!TableCell.HasCommaDecimals(cell) || cell.Count(letter => letter == ',') != 1)
                return false;
            counts &= double.TryParse(cell[..cell.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture, out double whole)
                && whole == row;
        }
        return !counts;
    }

    private static char BestSeparator(IReadOnlyList<string> lines)
    {
        (char best, double most) = (',', 0);
        foreach (char candidate in Candidates)
        {
            double score = Score(lines, candidate);
            if (score > most)
                (best, most) = (candidate, score);
        }
        // Text alone: what the first row has most of; a single column has nothing to part.
        return most > 0 || lines[0].AsSpan().IndexOfAny("\t;,") < 0
            ? best
            : "\t;,".MaxBy(candidate => lines[0].Count(letter => letter == candidate));
    }

    /// <summary>
    /// The part of the rows that have the usual number of cells, times the part of numbers among those; 0 where it parts
    /// nothing.
    /// </summary>
    private static double Score(IReadOnlyList<string> lines, char separator)
    {
        if (separator != ' ' && !lines.Any(line => line.Contains(separator, StringComparison.Ordinal)))
            return 0;
        List<string>[] rows = [.. lines.Select(line => Split(line, separator))];
        IGrouping<int, List<string>> usual =
            rows.GroupBy(row => row.Count).OrderByDescending(group => group.Count()).ThenByDescending(group => group.Key).First();
        if (usual.Key < 2)
            return 0;
        DecimalMark mark = MarkOf(rows, separator, out _);
        // The first row may be names, unless there is no other.
        IEnumerable<List<string>> judged = usual.Count() > 1 ? usual.Where(row => row != rows[0]) : usual;
        double cells = 0, numbers = 0;
        foreach (string cell in judged.SelectMany(row => row))
        {
            cells++;
            if (TableCell.Read(cell, mark, out _) is CellKind.Number or CellKind.Missing or CellKind.Infinite)
                numbers++;
        }
        return numbers / cells * usual.Count() / rows.Length;
    }

    private static DecimalMark MarkOf(IEnumerable<List<string>> rows, char separator, out bool isCertain)
    {
        int points = 0, certain = 0;
        bool commas = false;
        foreach (string cell in rows.SelectMany(row => row))
        {
            if (TableCell.HasPointDecimals(cell) && !(separator == ';' && IsThousandOfPoints(cell)))
                points++;
            if (!TableCell.HasCommaDecimals(cell))
                continue;
            commas = true;
            if (!TableCell.IsThousands(cell))
                certain++;
        }
        isCertain = points + certain > 0;
        // A few of the other kind are dates or versions, or bad cells.
        if (certain > points)
            return DecimalMark.Comma;
        // 1,234 is 1234 in a file of English numbers; where semicolons part the cells, commas part the decimals.
        return points > 0 || separator != ';' ? DecimalMark.Point : commas ? DecimalMark.Comma : DecimalMark.Either;
    }

    // 1.234 beside 2,5; alone it has three decimals.
    private static bool IsThousandOfPoints(string cell) =>
        TableCell.Read(cell, DecimalMark.Comma, out double thousands) == CellKind.Number
        && TableCell.Read(cell, DecimalMark.Point, out double plain) == CellKind.Number && thousands != plain;

    private static bool AllEndInSeparator(List<string>[] rows)
    {
        int width = rows[^1].Count;
        bool ends = rows.Skip(rows.Length > 1 ? 1 : 0).All(row => row.Count > 1 && row[^1].Length == 0 && row.Count == width);
        return ends && (rows[0].Count == width - 1 || (rows[0].Count == width && rows[0][^1].Length == 0));
    }

    private static List<string> Split(string line, char separator)
    {
        var cells = new List<string>();
        // A fault shows when the row is read in its turn.
        RowSplitter.Split(line.Length > MostCharacters ? line[..MostCharacters] : line, separator, cells, MostSniffed, out _);
        return cells;
    }
}
