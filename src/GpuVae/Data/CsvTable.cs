using System.Globalization;

namespace GpuVae.Data;

/// <summary>Collects the rows of a CSV file as numbers and labels.</summary>
/// <param name="file">For messages.</param>
/// <param name="columns">Cells of every row.</param>
/// <param name="label">The column of the labels, or null.</param>
/// <param name="header">The names of the columns, or null.</param>
internal sealed class CsvTable(CsvFile file, int columns, int? label, IReadOnlyList<string>? header)
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
        (int[][] classes, IReadOnlyList<string> names) = Labels.Number(_labels);
        return new ImageSet(_values, classes[0], 1, _dimensions, labelNames: names);
    }

    private void Grow()
    {
        long needed = (long)_count + _dimensions;
        if (needed <= _values.Length)
            return;
        DataMemory.Require(file.Path, 2 * needed, sizeof(float));
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
