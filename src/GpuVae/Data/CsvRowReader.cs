using System.Globalization;
using System.Text;
using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>The rows of a text file, plain or gzip, one at a time.</summary>
/// <remarks>
/// What parts the cells is found from the first rows (<see cref="TextDialect"/>), or named by a first line such as
/// <c>sep=;</c>. Cells may be quoted with a doubled quote for a quote. A row is a line: a quoted cell ends on the line it
/// began on, so that rows count as editors do, but for those of the first row, whose line breaks become spaces; lines end in LF, CR or both. Lines that begin with # or % are comments, as
/// long as not every line does.
/// </remarks>
internal sealed class CsvRowReader : IDisposable
{
    // Far more than any table has, far less than a file without a line's end could take.
    private const int LongestRow = 1 << 24;
    private const int MostCells = 1 << 20;
    private const int MostPeekedRows = 256;
    private const int MostPeekedCharacters = 1 << 20;

    private readonly FileStream _stream;
    private readonly bool _compressed;
    private readonly char? _decimalMark;
    private readonly StreamReader _reader;
    private readonly StringBuilder _line = new();
    private readonly char[] _buffer = new char[1 << 15];
    private readonly Queue<(int Row, string Line)> _peeked = new();
    private int _next;
    private int _filled;
    private int _lines;
    private long _characters;
    private bool _afterReturn;
    private bool _hasComments;
    private bool _started;

    /// <summary>Opens the file, looks whether it is gzip, and finds how it is written.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="decimalMark">What stands before decimals where its numbers leave that open; null for what is usual.</param>
    /// <exception cref="DataException">A row is too long.</exception>
    public CsvRowReader(string path, char? decimalMark = null)
    {
        _decimalMark = decimalMark;
        Path = path;
        _stream = InputFile.Open(path);
        try
        {
            Span<byte> start = stackalloc byte[2];
            _compressed = _stream.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start is [0x1f, 0x8b];
            _stream.Position = 0;
            Stream content = _compressed ? CheckedContent.Gzip(_stream) : _stream;
            _reader = new StreamReader(content, Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
            Peek();
        }
        catch
        {
            _reader?.Dispose();
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>How it is written.</summary>
    public TextDialect Dialect { get; private set; } = TextDialect.Plain;

    /// <summary>Whether it begins as Weka's ARFF files do, with <c>@relation</c>.</summary>
    public bool IsArff { get; private set; }

    /// <summary>Whether it begins as .ts files of series do: see <see cref="SeriesHeader"/>.</summary>
    public bool IsSeries { get; private set; }

    /// <summary>Of series: whether a label stands behind a colon at the end of each.</summary>
    public bool EndsInLabel { get; set; }

    /// <summary>The row that was read last, from 1; a header is row 1.</summary>
    public int Row { get; private set; }

    /// <summary>Its cells, unquoted and without spaces around them.</summary>
    public List<string> Cells { get; } = [];

    /// <summary>Cells of a row, or 0 as long as that is not known.</summary>
    public int Columns { get; set; }

    /// <summary>Whether a row may begin with # or % because its first cell is no number.</summary>
    public bool FirstCellIsText { get; set; }

    /// <summary>The last comment before the first row, without its sign; null where there is none.</summary>
    public string? LeadingComment { get; private set; }

    /// <summary>Comments that were passed over.</summary>
    public int Comments { get; private set; }

    /// <summary>The error for a fault in the row at hand.</summary>
    /// <param name="fault">What is wrong there, and what to do.</param>
    /// <param name="column">From 0, or null for the whole row.</param>
    public DataException Fault(string fault, int? column = null)
    {
        string place = column is int position
            ? string.Create(CultureInfo.InvariantCulture, $"row {Row}, column {position + 1}")
            : string.Create(CultureInfo.InvariantCulture, $"row {Row}");
        return new DataException($"{Path}: {place}: {fault}");
    }

    /// <summary>Reads the next row that is neither empty nor a comment into <see cref="Cells"/>.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool Read()
    {
        while (ReadLine() is string line)
        {
            bool isComment = _hasComments && IsComment(line);
            if (isComment && !(_started && FirstCellIsText))
            {
                Pass(line);
                continue;
            }
            Split(line);
            if (isComment && Cells.Count != Columns)
            {
                Pass(line);
                continue;
            }
            _started = true;
            return true;
        }
        return false;
    }

    /// <summary>The next line that is not empty, as it is; null at the end of the file.</summary>
    /// <exception cref="DataException">It is too long, or has a byte of zero.</exception>
    public string? ReadLine()
    {
        while (_peeked.TryDequeue(out (int Row, string Line) line) || TakeLine(out line))
        {
            Row = line.Row;
            if (line.Line.Contains('\0', StringComparison.Ordinal))
                throw Fault("holds a byte of zero, so this is no CSV file; give a text file of numbers between commas");
            if (!string.IsNullOrWhiteSpace(line.Line))
                return line.Line;
        }
        return null;
    }

    /// <summary>The rows that come next, as far as they have been looked at.</summary>
    public List<List<string>> Upcoming()
    {
        var rows = new List<List<string>>();
        foreach ((_, string line) in _peeked)
        {
            if (string.IsNullOrWhiteSpace(line) || (_hasComments && IsComment(line)))
                continue;
            var cells = new List<string>();
            RowSplitter.Split(line, Dialect.Separator, cells, MostCells, out _, IsArff);
            DropLast(cells);
            rows.Add(cells);
        }
        return rows;
    }

    /// <summary>A line's cells as those of a row.</summary>
    public List<string> CellsOf(string line)
    {
        var cells = new List<string>();
        RowSplitter.Split(line, Dialect.Separator, cells, MostCells, out _, IsArff);
        return cells;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
    }

    // A row may begin with what Excel writes for a missing cell.
    private static bool IsComment(string line) => line.AsSpan().TrimStart() is ['#' or '%', .. ReadOnlySpan<char> rest]
        && !rest.StartsWith("N/A", StringComparison.OrdinalIgnoreCase);

    private void Peek()
    {
        int characters = 0;
        while (_peeked.Count < MostPeekedRows && characters < MostPeekedCharacters && TakeLine(out (int Row, string Line) line))
        {
            characters += line.Line.Length;
            _peeked.Enqueue(line);
        }
        JoinFirst();
        char? separator = null;
        if (_peeked.TryPeek(out (int Row, string Line) first)
            && first.Line.Trim('"', ' ') is ['s' or 'S', 'e' or 'E', 'p' or 'P', '=', char named])
        {
            separator = named;
            _peeked.Dequeue();
        }
        string[] lines = [.. _peeked.Select(line => line.Line).Where(line => !string.IsNullOrWhiteSpace(line))];
        _hasComments = !Array.TrueForAll(lines, IsComment);
        if (_hasComments)
            lines = [.. lines.Where(line => !IsComment(line))];
        IsArff = lines.Length > 0 && lines[0].TrimStart().StartsWith("@relation", StringComparison.OrdinalIgnoreCase);
        IsSeries = lines.Length > 0 && SeriesHeader.Begins(lines[0]);
        Dialect = IsArff || IsSeries ? TextDialect.Plain : TextDialect.Sniff(lines, separator).WithMark(_decimalMark);
    }

    /// <summary>
    /// The names of columns may have line breaks between their quotes, as spreadsheets write them: the lines are joined by
    /// spaces, and the rows below keep their numbers.
    /// </summary>
    private void JoinFirst()
    {
        const int MostLines = 256;
        (int Row, string Line)[] lines = [.. _peeked];
        int first = Array.FindIndex(lines, line => !string.IsNullOrWhiteSpace(line.Line) && !IsComment(line.Line));
        if (first < 0 || !OpensQuote(lines[first].Line))
            return;
        string joined = lines[first].Line;
        for (int next = first + 1; next < lines.Length && next - first < MostLines; next++)
        {
            joined = $"{joined} {lines[next].Line}";
            if (OpensQuote(joined))
                continue;
            _peeked.Clear();
            foreach ((int, string) line in ((int, string)[])[.. lines[..first], (lines[first].Row, joined), .. lines[(next + 1)..]])
                _peeked.Enqueue(line);
            return;
        }
    }

    // A cell begins with a quote, and quotes do not come in pairs.
    private static bool OpensQuote(string line) =>
        line.Count(letter => letter == '"') % 2 == 1
        && Enumerable.Range(0, line.Length).Any(i => line[i] == '"' && (i == 0 || line[i - 1] is ',' or ';' or '\t' or '|' or ' '));

    private void Pass(string comment)
    {
        Comments++;
        if (!_started)
            LeadingComment = comment.TrimStart().TrimStart('#', '%').Trim();
    }

    private bool TakeLine(out (int Row, string Line) line)
    {
        line = default;
        if (!FillLine())
            return false;
        _lines++;
        line = (_lines, _line.ToString());
        return true;
    }

    private bool FillLine()
    {
        _line.Clear();
        while (true)
        {
            if (_next == _filled && !FillBuffer())
                return _line.Length > 0;
            if (_afterReturn && _buffer[_next] == '\n')
                _next++;
            _afterReturn = false;
            ReadOnlySpan<char> rest = _buffer.AsSpan(_next, _filled - _next);
            int end = rest.IndexOfAny('\n', '\r');
            _line.Append(end < 0 ? rest : rest[..end]);
            _next += end < 0 ? rest.Length : end + 1;
            if (_line.Length > LongestRow)
            {
                Row = _lines + 1;
                throw Fault($"longer than {LongestRow} characters; give a text file of numbers between commas");
            }
            if (end < 0)
                continue;
            _afterReturn = rest[end] == '\r';
            return true;
        }
    }

    private bool FillBuffer()
    {
        (_next, _filled) = (0, _reader.Read(_buffer));
        _characters += _filled;
        if (_compressed && _characters > DecompressionLimit.Of(_stream.Length))
            throw new DataException($"{Path}: {DecompressionLimit.Fault(_characters, _stream.Length)}");
        return _filled > 0;
    }

    private void Split(string line)
    {
        if (IsSeries)
            line = WithoutColon(line);
        bool whole = RowSplitter.Split(line, Dialect.Separator, Cells, MostCells, out string? fault, IsArff);
        if (fault is not null)
            throw Fault(fault, Cells.Count);
        if (!whole)
            throw Fault($"more than {MostCells} cells; give a text file of numbers between commas");
        if (Columns == 0 || Cells.Count > Columns)
            DropLast(Cells);
    }

    /// <summary>A series with a comma in the place of the colon before its label.</summary>
    private string WithoutColon(string line)
    {
        int colons = line.Count(letter => letter == ':'), expected = EndsInLabel ? 1 : 0;
        if (colons < expected)
            throw Fault("lacks the colon before its label; a series is v,v,v:label");
        if (colons > expected)
            throw Fault("has several dimensions, each behind a colon, and series of one are read; save one of them, or all as a .npy array (N, D)");
        return line.Replace(':', ',');
    }

    // The cell behind the separator at the end of the row.
    private void DropLast(List<string> cells)
    {
        if (Dialect.EndsInSeparator && cells.Count > 1 && cells[^1].Length == 0)
            cells.RemoveAt(cells.Count - 1);
    }
}
