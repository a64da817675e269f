using System.Globalization;
using System.IO.Compression;
using System.Text;
using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>Writes tables of text as comma-separated values (RFC 4180) in UTF-8, a line feed after each row.</summary>
public static class Csv
{
    /// <summary>Writes a table; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="columns">The first row, their names.</param>
    /// <param name="rows">Fields, as many as columns; what holds a comma, a quote or a line's end is quoted.</param>
    /// <exception cref="ArgumentException">A row has another number of fields.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine(string.Join(',', columns.Select(Quote)));
            foreach (IReadOnlyList<string> row in rows)
            {
                if (row.Count != columns.Count)
                    throw new ArgumentException($"{row.Count} fields for {columns.Count} columns.", nameof(rows));
                writer.WriteLine(string.Join(',', row.Select(Quote)));
            }
        });
    }

    private static string Quote(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0
            ? field
            : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>The rows of a CSV file, plain or gzip, one at a time.</summary>
/// <remarks>
/// Cells lie between commas, semicolons or tabs, whichever the first row has most of, and may be quoted with a doubled
/// quote for a quote. A row is a line: a quoted cell ends on the line it began on, so that rows count as editors do.
/// </remarks>
internal sealed class CsvRowReader : IDisposable
{
    // Far more than any table has, far less than a file without a line's end could take.
    private const int LongestRow = 1 << 24;
    private const int MostCells = 1 << 20;
    private const string Separators = ",;\t";

    private readonly FileStream _stream;
    private readonly bool _compressed;
    private readonly StreamReader _reader;
    private readonly StringBuilder _quoted = new();
    private readonly StringBuilder _line = new();
    private readonly char[] _buffer = new char[1 << 15];
    private int _next;
    private int _filled;
    private char _separator;
    private long _characters;

    /// <summary>Opens the file and looks whether it is gzip.</summary>
    public CsvRowReader(string path)
    {
        Path = path;
        _stream = InputFile.Open(path);
        Span<byte> start = stackalloc byte[2];
        _compressed = _stream.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start is [0x1f, 0x8b];
        _stream.Position = 0;
        Stream content = _compressed ? new GZipStream(_stream, CompressionMode.Decompress) : _stream;
        _reader = new StreamReader(content, Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The row that was read last, from 1; a header is row 1.</summary>
    public int Row { get; private set; }

    /// <summary>Its cells, unquoted and without spaces around them.</summary>
    public List<string> Cells { get; } = [];

    /// <summary>The error for a fault in the row at hand.</summary>
    /// <param name="fault">What is wrong there, and what to do.</param>
    /// <param name="column">From 0, or null for the whole row.</param>
    /// <param name="header">The names of the columns, or null.</param>
    public DataException Fault(string fault, int? column = null, IReadOnlyList<string>? header = null)
    {
        string name = column is int index && header is not null ? $" ({QuotedText.Excerpt(header[index])})" : "";
        string place = column is int position
            ? string.Create(CultureInfo.InvariantCulture, $"row {Row}, column {position + 1}{name}")
            : string.Create(CultureInfo.InvariantCulture, $"row {Row}");
        return new DataException($"{Path}: {place}: {fault}");
    }

    /// <summary>Reads the next row that is not empty into <see cref="Cells"/>.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool Read()
    {
        while (ReadLine())
        {
            Row++;
            string line = _line.ToString();
            if (line.Contains('\0', StringComparison.Ordinal))
                throw Fault("holds a byte of zero, so this is no CSV file; give a text file of numbers between commas");
            if (string.IsNullOrWhiteSpace(line))
                continue;
            if (_separator == 0)
                _separator = Separators.MaxBy(candidate => line.Count(letter => letter == candidate));
            Split(line);
            return true;
        }
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
    }

    private bool ReadLine()
    {
        _line.Clear();
        while (true)
        {
            if (_next == _filled)
            {
                (_next, _filled) = (0, _reader.Read(_buffer));
                if (_filled == 0)
                    return _line.Length > 0;
                _characters += _filled;
                if (_compressed && _characters > DecompressionLimit.Of(_stream.Length))
                    throw new DataException($"{Path}: {DecompressionLimit.Fault(_characters, _stream.Length)}");
            }
            ReadOnlySpan<char> rest = _buffer.AsSpan(_next, _filled - _next);
            int end = rest.IndexOf('\n');
            _line.Append(end < 0 ? rest : rest[..end]);
            _next += end < 0 ? rest.Length : end + 1;
            if (_line.Length > LongestRow)
            {
                Row++;
                throw Fault($"longer than {LongestRow} characters; give a text file of numbers between commas");
            }
            if (end < 0)
                continue;
            if (_line.Length > 0 && _line[^1] == '\r')
                _line.Length--;
            return true;
        }
    }

    private void Split(string line)
    {
        Cells.Clear();
        for (int start = 0; start <= line.Length;)
        {
            if (Cells.Count == MostCells)
                throw Fault($"more than {MostCells} cells; give a text file of numbers between commas");
            int quote = start;
            while (quote < line.Length && line[quote] == ' ')
                quote++;
            if (quote < line.Length && line[quote] == '"')
            {
                start = ReadQuoted(line, quote + 1);
                continue;
            }
            int end = line.IndexOf(_separator, start);
            if (end < 0)
                end = line.Length;
            Cells.Add(line.AsSpan(start, end - start).Trim().ToString());
            start = end + 1;
        }
    }

    private int ReadQuoted(string line, int start)
    {
        _quoted.Clear();
        for (int i = start; i < line.Length; i++)
        {
            if (line[i] != '"')
            {
                _quoted.Append(line[i]);
                continue;
            }
            if (i + 1 < line.Length && line[i + 1] == '"')
            {
                _quoted.Append('"');
                i++;
                continue;
            }
            int end = line.IndexOf(_separator, i);
            if (end < 0)
                end = line.Length;
            if (!string.IsNullOrWhiteSpace(line[(i + 1)..end]))
                throw Fault("text behind the closing quote of a cell; double the quotes within a cell", Cells.Count);
            Cells.Add(_quoted.ToString().Trim());
            return end + 1;
        }
        throw Fault("a quoted cell does not end on its line; close the quote", Cells.Count);
    }
}
