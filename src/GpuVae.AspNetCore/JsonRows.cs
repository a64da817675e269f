using System.Text;
using System.Text.Json;
using GpuVae.Detection;
using Microsoft.AspNetCore.Http;

namespace GpuVae.AspNetCore;

/// <summary>
/// Reads rows from JSON: a row is a list of cells in the table's order, or an object by the names of its columns; a list of such is many
/// rows. A missing cell is <c>null</c> or <c>"NaN"</c>; the infinities are <c>"Infinity"</c> and <c>"-Infinity"</c>.
/// </summary>
internal ref struct JsonRows
{
    private const int Depth = 8;

    private readonly LoadedDetector _loaded;
    private readonly int _mostRows;
    private Utf8JsonReader _json;
    private int _row; // from 1; 0 where there is one row alone

    private JsonRows(ReadOnlySpan<byte> body, LoadedDetector loaded, int mostRows)
    {
        _json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Depth });
        _loaded = loaded;
        _mostRows = mostRows;
    }

    /// <summary>Reads the rows of a body.</summary>
    /// <param name="body">All of it, UTF-8.</param>
    /// <param name="loaded">Whose columns they have.</param>
    /// <param name="mostRows">More are refused.</param>
    /// <exception cref="RequestException">What is wrong, and in which row and column.</exception>
    public static GivenRows Read(ReadOnlySpan<byte> body, LoadedDetector loaded, int mostRows)
    {
        var reader = new JsonRows(body, loaded, mostRows);
        return Guard(ref reader, body, static (ref reader) => reader.ReadRows());
    }

    /// <summary>Reads codes: a list of numbers, or a list of such lists.</summary>
    /// <inheritdoc cref="Read"/>
    public static (List<float[]> Codes, bool IsList) ReadCodes(ReadOnlySpan<byte> body, LoadedDetector loaded, int mostRows)
    {
        var reader = new JsonRows(body, loaded, mostRows);
        return Guard(ref reader, body, static (ref reader) => reader.ReadCodes());
    }

    private delegate T Reading<T>(ref JsonRows reader);

    private static T Guard<T>(ref JsonRows reader, ReadOnlySpan<byte> body, Reading<T> read)
    {
        try
        {
            reader._json.Read();
            T result = read(ref reader);
            // Behind the value there may only be blanks.
            reader._json.Read();
            return result;
        }
        catch (JsonException exception)
        {
            long line = exception.LineNumber ?? 0, column = exception.BytePositionInLine ?? 0;
            throw RequestException.Bad(
                FormattableString.Invariant($"the body is not JSON: at line {line + 1}, byte {column + 1}{Hint(body, line, column)}"));
        }
    }

    /// <summary>What stands where JSON ends, if it is a number that JSON does not know.</summary>
    private static string Hint(ReadOnlySpan<byte> body, long line, long column)
    {
        if (body.IsEmpty)
            return "; it is empty";
        for (; line > 0 && body.IndexOf((byte)'\n') is int end and >= 0; line--)
            body = body[(end + 1)..];
        ReadOnlySpan<byte> rest = column < body.Length ? body[(int)column..] : [];
        return rest.StartsWith("NaN"u8) || rest.StartsWith("I"u8) || rest.StartsWith("-I"u8)
            ? "; a missing number is null or \"NaN\", an infinite one \"Infinity\" or \"-Infinity\""
            : "";
    }

    private GivenRows ReadRows()
    {
        if (_json.TokenType == JsonTokenType.StartObject)
            return new GivenRows([ReadObject()], IsList: false);
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            throw RequestException.Bad(
                $"the body is {Kind(_json.TokenType)}; a row is a list of cells, or an object with a cell for each column");
        }
        Utf8JsonReader ahead = _json;
        ahead.Read();
        if (ahead.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
            return new GivenRows([ReadList()], IsList: false);
        List<GivenRow> rows = [];
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            NextRow();
            rows.Add(_json.TokenType switch
            {
                JsonTokenType.StartObject => ReadObject(),
                JsonTokenType.StartArray => ReadList(),
                _ => throw RequestException.Bad(
                    FormattableString.Invariant($"row {_row} is {Kind(_json.TokenType)}; a row is a list of cells, or an object"), _row),
            });
        }
        return new GivenRows(rows, IsList: true);
    }

    private (List<float[]> Codes, bool IsList) ReadCodes()
    {
        if (_json.TokenType != JsonTokenType.StartArray)
            throw RequestException.Bad($"the body is {Kind(_json.TokenType)}; a code is a list of numbers");
        Utf8JsonReader ahead = _json;
        ahead.Read();
        if (ahead.TokenType != JsonTokenType.StartArray)
            return ([ReadCode()], false);
        List<float[]> codes = [];
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            NextRow();
            if (_json.TokenType != JsonTokenType.StartArray)
                throw Fault(null, $"{Kind(_json.TokenType)}, and a code is a list of numbers");
            codes.Add(ReadCode());
        }
        return (codes, true);
    }

    private void NextRow()
    {
        if (++_row > _mostRows)
        {
            throw TooMany(_mostRows, _row);
        }
    }

    private float[] ReadCode()
    {
        var code = new float[_loaded.Detector.CodeUnits];
        int count = 0;
        for (; _json.Read() && _json.TokenType != JsonTokenType.EndArray; count++)
        {
            if (_json.TokenType != JsonTokenType.Number || !float.IsFinite((float)_json.GetDouble()))
                throw Fault(null, FormattableString.Invariant($"number {count + 1} of the code is {Shown()}; a finite number is needed"));
            if (count < code.Length)
                code[count] = (float)_json.GetDouble();
        }
        return count == code.Length ? code
            : throw Fault(null, FormattableString.Invariant($"{count} numbers, and a code of this model has {code.Length}"));
    }

    private GivenRow ReadList()
    {
        IReadOnlyList<DetectorColumn> columns = _loaded.Detector.Columns;
        int count = 0;
        double[]? numbers = _loaded.HasWords ? null : new double[columns.Count];
        Dictionary<string, ColumnValue>? cells = null;
        if (numbers is null)
        {
            if (_loaded.Places is null)
                throw Fault(null, "two columns of the detector have one name, so that its rows of words cannot be told apart");
            cells = new Dictionary<string, ColumnValue>(columns.Count, StringComparer.Ordinal);
        }
        for (; _json.Read() && _json.TokenType != JsonTokenType.EndArray; count++)
        {
            // What stands behind the last column is only counted.
            if (count >= columns.Count)
                _json.Skip();
            else if (numbers is not null)
                numbers[count] = ReadNumber(columns[count]);
            else
                cells!.Add(columns[count].Name, ReadCell(columns[count]));
        }
        if (count != columns.Count)
        {
            throw Fault(null, FormattableString.Invariant(
                $"a list of {count} cells, and the detector was trained on {columns.Count} columns; give one for each"));
        }
        return numbers is null ? new GivenRow(cells!) : new GivenRow(numbers);
    }

    private GivenRow ReadObject()
    {
        AnomalyDetector detector = _loaded.Detector;
        Dictionary<string, int> places = _loaded.Places
            ?? throw Fault(null, "two columns of the detector have one name, so that names do not tell them apart; give lists");
        var cells = new Dictionary<string, ColumnValue>(detector.Columns.Count, StringComparer.Ordinal);
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            string name = ReadText();
            _json.Read();
            if (!places.TryGetValue(name, out int place))
            {
                throw Fault(name, $"the detector knows no column {Excerpt(name)}; it takes {Listed(detector.Columns)}");
            }
            if (!cells.TryAdd(name, ReadCell(detector.Columns[place])))
                throw Fault(name, $"the column {Excerpt(name)} stands there twice");
        }
        // What is missing the detector says.
        return new GivenRow(cells);
    }

    private ColumnValue ReadCell(DetectorColumn column) => !column.IsOfWords ? (ColumnValue)ReadNumber(column) : _json.TokenType switch
    {
        JsonTokenType.Null => ColumnValue.Missing,
        JsonTokenType.String => ColumnValue.FromString(ReadText()),
        // Words that look like numbers are taken as they stand.
        JsonTokenType.Number => ColumnValue.FromString(Encoding.UTF8.GetString(_json.ValueSpan)),
        _ => throw Fault(column.Name, $"the column {Excerpt(column.Name)} takes a word, and {Shown()} is none"),
    };

    private double ReadNumber(DetectorColumn column)
    {
        switch (_json.TokenType)
        {
            case JsonTokenType.Null:
                return double.NaN;
            case JsonTokenType.Number:
                double number = _json.GetDouble();
                return double.IsFinite(number) ? number : throw Fault(
                    column.Name,
                    $"the column {Excerpt(column.Name)} has {Shown()}, which no number can hold; an infinite one is \"Infinity\" "
                    + "or \"-Infinity\"");
            case JsonTokenType.String when _json.ValueTextEquals("NaN"u8):
                return double.NaN;
            case JsonTokenType.String when _json.ValueTextEquals("Infinity"u8):
                return double.PositiveInfinity;
            case JsonTokenType.String when _json.ValueTextEquals("-Infinity"u8):
                return double.NegativeInfinity;
            default:
                throw Fault(column.Name, $"the column {Excerpt(column.Name)} takes a number, and {Shown()} is none");
        }
    }

    private readonly string ReadText()
    {
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Fault(null, "a text holds half a character (a lone surrogate)");
        }
    }

    private readonly RequestException Fault(string? column, string what) => RequestException.Bad(
        _row > 0 ? FormattableString.Invariant($"row {_row}: {what}") : what, _row > 0 ? _row : null, column);

    /// <summary>The token for a person.</summary>
    private readonly string Shown() => _json.TokenType switch
    {
        JsonTokenType.String => $"\"{Excerpt(Encoding.UTF8.GetString(_json.ValueSpan))}\"",
        JsonTokenType.Number => Excerpt(Encoding.UTF8.GetString(_json.ValueSpan)),
        JsonTokenType other => Kind(other),
    };

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray => "a list",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.String => "a text",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "nothing",
    };

    /// <summary>That there are more rows than a request may have.</summary>
    public static RequestException TooMany(int mostRows, int row) => new(
        StatusCodes.Status413PayloadTooLarge,
        FormattableString.Invariant($"more than {mostRows} rows; send them in several requests"), row);

    /// <summary>Names of columns for a person, not too many of them.</summary>
    public static string Listed(IReadOnlyList<DetectorColumn> columns)
    {
        const int Most = 8;
        return string.Join(", ", columns.Take(Most).Select(column => Excerpt(column.Name)))
            + (columns.Count > Most ? FormattableString.Invariant($", … ({columns.Count} in all)") : "");
    }

    /// <summary>A text of a stranger for a person: cut where it is long.</summary>
    public static string Excerpt(string text)
    {
        const int Most = 60;
        if (text.Length <= Most)
            return text;
        return text[..(char.IsHighSurrogate(text[Most - 1]) ? Most - 1 : Most)] + "…";
    }
}
