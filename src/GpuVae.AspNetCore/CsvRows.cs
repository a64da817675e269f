using System.Text;
using GpuVae.Detection;

namespace GpuVae.AspNetCore;

/// <summary>
/// Reads rows from CSV (RFC 4180): cells between commas, in quotes where they hold one, a quote doubled. The first line names the
/// columns, in any order; where nobody named the detector's columns, it may be left out. An empty cell is missing.
/// </summary>
internal ref struct CsvRows
{
    private readonly ReadOnlySpan<char> _text;
    private int _position;
    private int _line = 1;

    private CsvRows(ReadOnlySpan<char> text) => _text = text;

    /// <summary>Reads the rows of a body.</summary>
    /// <param name="body">All of it, UTF-8.</param>
    /// <param name="loaded">Whose columns they have.</param>
    /// <param name="mostRows">More are refused.</param>
    /// <exception cref="RequestException">What is wrong, and in which row and column.</exception>
    public static GivenRows Read(ReadOnlySpan<byte> body, LoadedDetector loaded, int mostRows)
    {
        var reader = new CsvRows(Encoding.UTF8.GetString(body));
        return reader.ReadRows(loaded, mostRows);
    }

    private GivenRows ReadRows(LoadedDetector loaded, int mostRows)
    {
        IReadOnlyList<DetectorColumn> columns = loaded.Detector.Columns;
        if (loaded.Places is null)
            throw RequestException.Bad("two columns of the detector have one name, so that names do not tell them apart; send JSON lists");
        List<string>? header = ReadRecord()
            ?? throw RequestException.Bad("the body is empty; its first line names the columns, and the rows follow");
        List<GivenRow> rows = [];
        List<string>? record;
        if (!loaded.Detector.HasColumnNames && header.TrueForAll(IsNumber))
        {
            // Nobody named the columns: the first line is a row as the others.
            (record, header) = (header, [.. columns.Select(column => column.Name)]);
        }
        else
        {
            RequireColumns(header, loaded);
            record = ReadRecord();
        }
        for (; record is not null; record = ReadRecord())
        {
            int row = rows.Count + 1;
            if (row > mostRows)
                throw JsonRows.TooMany(mostRows, row);
            if (record.Count != header.Count)
            {
                throw RequestException.Bad(
                    FormattableString.Invariant($"row {row}: {record.Count} cells, and there are {header.Count} columns"), row);
            }
            var cells = new Dictionary<string, ColumnValue>(header.Count, StringComparer.Ordinal);
            for (int i = 0; i < header.Count; i++)
                cells[header[i]] = ColumnValue.FromCell(record[i]);
            rows.Add(new GivenRow(cells));
        }
        return rows.Count > 0
            ? new GivenRows(rows, IsList: true)
            : throw RequestException.Bad("there is no row behind the line that names the columns");
    }

    private static bool IsNumber(string cell) =>
        cell.Length == 0 || double.TryParse(cell, System.Globalization.CultureInfo.InvariantCulture, out _);

    private static void RequireColumns(List<string> header, LoadedDetector loaded)
    {
        IReadOnlyList<DetectorColumn> columns = loaded.Detector.Columns;
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string name in header)
        {
            if (!loaded.Places!.ContainsKey(name))
            {
                throw RequestException.Bad(
                    $"the first line names a column {JsonRows.Excerpt(name)}, which the detector does not know; it takes "
                    + JsonRows.Listed(columns),
                    column: name);
            }
            if (!seen.Add(name))
                throw RequestException.Bad($"the first line names the column {JsonRows.Excerpt(name)} twice", column: name);
        }
        if (columns.FirstOrDefault(column => !seen.Contains(column.Name)) is DetectorColumn missing)
        {
            throw RequestException.Bad(
                $"the first line names no column {JsonRows.Excerpt(missing.Name)}; the detector takes {JsonRows.Listed(columns)}",
                column: missing.Name);
        }
    }

    /// <summary>The cells of the next line that is not empty; null at the end.</summary>
    private List<string>? ReadRecord()
    {
        while (_position < _text.Length && _text[_position] is '\r' or '\n')
            Advance();
        if (_position == _text.Length)
            return null;
        List<string> cells = [];
        while (true)
        {
            cells.Add(_position < _text.Length && _text[_position] == '"' ? ReadQuoted() : ReadPlain());
            if (_position == _text.Length || _text[_position] is '\r' or '\n')
                return cells;
            _position++; // the comma
        }
    }

    private string ReadPlain()
    {
        int length = _text[_position..].IndexOfAny(",\r\n");
        ReadOnlySpan<char> cell = length < 0 ? _text[_position..] : _text.Slice(_position, length);
        if (cell.Contains('"'))
        {
            throw RequestException.Bad(FormattableString.Invariant(
                $"line {_line}: a quote stands inside of a cell; put the cell in quotes and double it"));
        }
        _position += cell.Length;
        return cell.Trim().ToString();
    }

    private string ReadQuoted()
    {
        int line = _line;
        var cell = new StringBuilder();
        _position++;
        while (true)
        {
            int length = _text[_position..].IndexOf('"');
            if (length < 0)
                throw RequestException.Bad(FormattableString.Invariant($"line {line}: a quote is opened and never closed"));
            ReadOnlySpan<char> part = _text.Slice(_position, length);
            _line += part.Count('\n');
            cell.Append(part);
            _position += length + 1;
            if (_position == _text.Length || _text[_position] is ',' or '\r' or '\n')
                return cell.ToString();
            if (_text[_position] != '"')
                throw RequestException.Bad(FormattableString.Invariant($"line {_line}: something follows the quote that closes a cell"));
            cell.Append('"');
            _position++;
        }
    }

    private void Advance()
    {
        if (_text[_position++] == '\n')
            _line++;
    }
}
