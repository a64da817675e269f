using System.Globalization;

namespace GpuVae.Data;

/// <summary>
/// Reads a table from a CSV file: a row an example, a column a number, and one column of labels where there is one. A
/// header is recognised; see <see cref="CsvRowReader"/> for the format.
/// </summary>
public static class CsvReader
{
    /// <summary>A column of this name is taken as the labels where no other is asked for.</summary>
    public const string LabelName = "label";

    /// <summary>Reads a table.</summary>
    /// <param name="path">A plain or gzip CSV file.</param>
    /// <param name="labelColumn">
    /// The column of the labels: its name, its position from 1, <c>first</c> or <c>last</c>; null for one that is called
    /// <see cref="LabelName"/>, if there is one.
    /// </param>
    /// <returns>Real numbers (N, D), an example being 1 row of D columns.</returns>
    /// <exception cref="DataException">
    /// The file cannot be read, a row has more or less cells than the others, or a cell is no finite number; the message
    /// says which.
    /// </exception>
    public static ImageSet Read(string path, string? labelColumn)
    {
        try
        {
            using var file = new CsvRowReader(path);
            return Read(file, labelColumn);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            string fault = exception is InvalidDataException ? "the gzip data is damaged" : exception.Message;
            throw new DataException($"{path}: cannot be read: {fault}", exception);
        }
    }

    private static ImageSet Read(CsvRowReader file, string? labelColumn)
    {
        if (!file.Read())
            throw new DataException($"{file.Path}: the file is empty; a CSV file has a row for each example");
        List<string> first = [.. file.Cells];
        int firstRow = file.Row;
        bool hasSecond = file.Read();
        List<string>? header = IsHeader(first, hasSecond ? file.Cells : null, labelColumn) ? first : null;
        if (header is not null && !hasSecond)
            throw new DataException($"{file.Path}: holds a header and no rows; a CSV file has a row for each example");
        int? label = FindLabel(file.Path, header, first.Count, labelColumn);
        if (first.Count == (label is null ? 0 : 1))
            throw new DataException($"{file.Path}: has no column besides the labels; give a file with numbers too");

        var table = new CsvTableBuilder(file, first.Count, label, header);
        if (header is null)
            table.Add(first, firstRow);
        for (bool more = hasSecond; more; more = file.Read())
            table.Add(file.Cells, file.Row);
        return table.ToImages();
    }

    // Most of its cells are names, or it has the name that was asked for, or its numbers only count the columns.
    private static bool IsHeader(List<string> first, List<string>? second, string? labelColumn)
    {
        int names = first.Count(cell => !IsNumber(cell));
        if (names == 0)
            return false;
        if (2 * names > first.Count || (labelColumn is not null && !IsNumber(labelColumn) && first.Contains(labelColumn)))
            return second is null || second.Any(IsNumber) || second.Count != first.Count;
        int[] offsets =
        [
            .. first.Select((cell, column) => (cell, column)).Where(entry => IsNumber(entry.cell))
                .Select(entry => int.TryParse(entry.cell, out int number) ? number - entry.column : int.MinValue),
        ];
        return offsets.Length > 2 && offsets[0] is -1 or 0 or 1 && Array.TrueForAll(offsets, offset => offset == offsets[0]);
    }

    private static bool IsNumber(string cell) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static int? FindLabel(string path, List<string>? header, int columns, string? wanted)
    {
        if (wanted is null)
        {
            int implied = header?.FindIndex(name => name.Equals(LabelName, StringComparison.OrdinalIgnoreCase)) ?? -1;
            return implied < 0 ? null : implied;
        }
        int named = header?.IndexOf(wanted) ?? -1;
        if (named >= 0)
            return named;
        if (wanted == "first")
            return 0;
        if (wanted == "last")
            return columns - 1;
        if (int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int position))
        {
            return position >= 1 && position <= columns
                ? position - 1
                : throw new DataException(
                    $"{path}: --label-column {QuotedText.Excerpt(wanted)}: the file has columns 1 to {columns}; give one of them");
        }
        throw new DataException(header is null
            ? $"{path}: --label-column {QuotedText.Excerpt(wanted)}: the file has no header; give a position from 1 to {columns}, first or last"
            : $"{path}: --label-column {QuotedText.Excerpt(wanted)}: no such column; there is {Shorten(header)}");
    }

    private static string Shorten(List<string> names) => string.Join(
        ", ",
        names.Count <= 8
            ? names.Select(QuotedText.Excerpt)
            : [.. names.Take(4).Select(QuotedText.Excerpt), "…", .. names.TakeLast(2).Select(QuotedText.Excerpt)]);
}

/// <summary>Collects the rows of a CSV file as numbers and labels.</summary>
/// <param name="file">For messages.</param>
/// <param name="columns">Cells of every row.</param>
/// <param name="label">The column of the labels, or null.</param>
/// <param name="header">The names of the columns, or null.</param>
internal sealed class CsvTableBuilder(CsvRowReader file, int columns, int? label, IReadOnlyList<string>? header)
{
    private readonly List<string>? _labels = label is null ? null : [];
    private readonly int _dimensions = label is null ? columns : columns - 1;
    private float[] _values = new float[1024];
    private int _count;

    /// <summary>Adds a row.</summary>
    /// <exception cref="DataException">It has another length, or a cell is no finite number.</exception>
    public void Add(List<string> cells, int row)
    {
        if (cells.Count != columns)
        {
            throw new DataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{file.Path}: row {row}: {cells.Count} cells, and the rows before have {columns}; every row needs as many"));
        }
        Grow();
        for (int column = 0; column < columns; column++)
        {
            string cell = cells[column];
            if (column != label)
                _values[_count++] = Number(cell, column, row);
            else if (cell.Length > 0)
                _labels!.Add(cell);
            else
                throw Fault("the label is missing; every row needs one", column, row);
        }
    }

    /// <summary>Everything that was added.</summary>
    public ImageSet ToImages()
    {
        Array.Resize(ref _values, _count);
        if (_labels is null)
            return new ImageSet(_values, null, 1, _dimensions);
        (int[][] classes, IReadOnlyList<string> names) = Labels.ToClasses(_labels);
        return new ImageSet(_values, classes[0], 1, _dimensions, labelNames: names);
    }

    private void Grow()
    {
        long needed = (long)_count + _dimensions;
        if (needed <= _values.Length)
            return;
        MemoryLimit.Require(file.Path, 2 * needed, sizeof(float));
        Array.Resize(ref _values, (int)Math.Min(2 * needed, Array.MaxLength));
    }

    private float Number(string cell, int column, int row)
    {
        if (float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out float number))
        {
            return float.IsFinite(number)
                ? number
                : throw Fault($"'{QuotedText.Excerpt(cell)}' is no finite number; take the row out or fill the cell", column, row);
        }
        if (cell.Length == 0)
            throw Fault("the cell is empty; take the row out or fill the cell", column, row);
        throw Fault(
            $"'{QuotedText.Excerpt(cell)}' is no number such as 0.5 or 1e-3; mend it, or give --label-column {column + 1} if these are labels",
            column, row);
    }

    private DataException Fault(string fault, int column, int row)
    {
        string name = header is null ? "" : $" ({QuotedText.Excerpt(header[column])})";
        return new DataException(string.Create(
            CultureInfo.InvariantCulture, $"{file.Path}: row {row}, column {column + 1}{name}: {fault}"));
    }
}

/// <summary>A CSV file, plain or gzip, as a data format.</summary>
internal sealed class CsvFormat : IDataFormat
{
    /// <inheritdoc/>
    public string Name => "csv";

    /// <inheritdoc/>
    public string Summary => "a CSV file, .gz too";

    /// <inheritdoc/>
    public bool Recognizes(string path) =>
        DataFormats.IsFileEndingIn(path, ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz");

    /// <inheritdoc/>
    public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings) =>
        (CsvReader.Read(path, settings.LabelColumn), null);
}
