using System.Buffers.Binary;
using System.Globalization;

namespace GpuVae.Compression;

/// <summary>The columns of a compressed table, and the cells of what was restored of it.</summary>
public sealed class CompressedTable
{
    private readonly TableLayout _layout;
    private readonly int[] _marks; // the variable that marks missing cells of each number, or 0

    internal CompressedTable(TableLayout layout)
    {
        _layout = layout;
        ColumnNames = [.. layout.Columns.Select(column => column.Name)];
        LargestError = layout.LargestError;
        WorstColumn = layout.WorstColumn < 0 ? null : layout.Columns[layout.WorstColumn].Name;
        ExactColumns = layout.Columns.Count(column => column is not NumberColumn { IsExact: false });
        Precisions = [.. layout.Columns.Select(column => column is SteppedColumn { IsExact: false } rounded ? rounded.Step : 0)];
        Precision = Precisions.Max();
        _marks = new int[layout.Numbers.Count];
        for (int i = 0; i < layout.MarkedNumbers.Count; i++)
            _marks[layout.MarkedNumbers[i]] = layout.Numbers.Count + layout.Words.Count + i;
    }

    /// <summary>What the columns are called.</summary>
    public IReadOnlyList<string> ColumnNames { get; }

    /// <summary>Columns whose numbers and words are all as they were.</summary>
    public int ExactColumns { get; }

    /// <summary>What the numbers of the other columns are rounded to, the coarsest where they differ; 0 where there are none.</summary>
    public double Precision { get; }

    /// <summary>What the numbers of each column are rounded to; 0 where they are all as they were.</summary>
    public IReadOnlyList<double> Precisions { get; }

    /// <summary>The largest difference between a number and the one that is restored.</summary>
    public double LargestError { get; }

    /// <summary>The column that has it; null where there is none.</summary>
    public string? WorstColumn { get; }

    /// <summary>Whether there are columns of words.</summary>
    public bool HasWords => _layout.Words.Count > 0;

    /// <summary>Whether there are columns of numbers.</summary>
    public bool HasNumbers => _layout.Numbers.Count > 0;

    /// <summary>The cells of a row as text: the shortest that gives the number back; an empty one where a cell is missing.</summary>
    /// <param name="restored">What was restored of the file.</param>
    /// <param name="row">Of these rows, from 0.</param>
    public IReadOnlyList<string> Cells(RestoredImages restored, int row)
    {
        ArgumentNullException.ThrowIfNull(restored);
        var cells = new string[ColumnNames.Count];
        (int number, int word) = (0, _layout.Numbers.Count);
        for (int column = 0; column < cells.Length; column++)
        {
            cells[column] = _layout.Columns[column] is WordColumn words
                ? words.Words[Symbol(restored, row, word++)]
                : Number(restored, row, number++) is var value && double.IsNaN(value) ? ""
                : value.ToString(CultureInfo.InvariantCulture);
        }
        return cells;
    }

    /// <summary>The cells of a table without words as numbers: (n, columns); NaN where a cell is missing.</summary>
    /// <param name="restored">What was restored of the file.</param>
    /// <exception cref="InvalidOperationException">There are columns of words.</exception>
    public double[] Numbers(RestoredImages restored)
    {
        ArgumentNullException.ThrowIfNull(restored);
        if (HasWords)
            throw new InvalidOperationException("Words are no numbers.");
        int columns = _layout.Numbers.Count;
        var numbers = new double[restored.Images.Length * columns];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = Number(restored, i / columns, i % columns);
        return numbers;
    }

    private double Number(RestoredImages restored, int row, int number)
    {
        NumberColumn column = _layout.Numbers[number];
        if (column.IsMarked && Symbol(restored, row, _marks[number]) == 1)
            return double.NaN;
        int length = _layout.Variables * sizeof(int);
        return column.Value(_layout.PlaceOf(number, restored.Pixels.AsSpan(row * length, length)));
    }

    private int Symbol(RestoredImages restored, int row, int variable) => BinaryPrimitives.ReadInt32LittleEndian(
        restored.Pixels.AsSpan(((row * _layout.Variables) + variable) * sizeof(int)));
}
