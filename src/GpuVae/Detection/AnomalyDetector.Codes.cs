namespace GpuVae.Detection;

/// <content>Codes of rows, and rows of codes.</content>
public sealed partial class AnomalyDetector
{
    /// <summary>k, the numbers in a code.</summary>
    public int CodeUnits => _model.CodeUnits;

    /// <summary>The mean code of a row: no draw is in it.</summary>
    /// <param name="row">A number for each of <see cref="Columns"/>, as in the table; for tables without columns of words.</param>
    /// <returns>(k).</returns>
    /// <exception cref="DetectorInputException">
    /// The row has another length, the table has columns of words, or a number is impossible, so that there is no code.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The detector has been disposed of.</exception>
    public float[] Encode(ReadOnlySpan<double> row) => Encode(new DoubleRow(row));

    /// <summary>The same of a picture of bytes, rows from the top, the channels of a pixel side by side.</summary>
    /// <inheritdoc cref="Encode(ReadOnlySpan{double})"/>
    public float[] Encode(ReadOnlySpan<byte> row) => Encode(new ByteRow(row));

    /// <summary>The same of a row by the names of its columns, in any order.</summary>
    /// <inheritdoc cref="Encode(ReadOnlySpan{double})"/>
    public float[] Encode(IReadOnlyDictionary<string, ColumnValue> row) =>
        Encode(new TableRow(ReadRow(row)));

    /// <summary>What the model makes of a code: E[x | z].</summary>
    /// <param name="code">(k), finite.</param>
    /// <returns>
    /// A cell for each of <see cref="Columns"/>, in the table's units or as a word; of pictures of bytes numbers from 0 to 1.
    /// </returns>
    /// <exception cref="ArgumentException">The code has another length, or a number that is not finite.</exception>
    /// <exception cref="ObjectDisposedException">The detector has been disposed of.</exception>
    public ColumnValue[] Decode(ReadOnlySpan<float> code)
    {
        if (code.Length != CodeUnits)
            throw new ArgumentException($"{code.Length} numbers, and a code has {CodeUnits}.", nameof(code));
        foreach (float number in code)
        {
            if (!float.IsFinite(number))
                throw new ArgumentException($"{number} is no number of a code.", nameof(code));
        }
        using LaneLease lease = _model.Rows.Lease();
        double[] numbers = InTableUnits(lease.Lane.Decode(code), isOfBytes: false);
        var cells = new ColumnValue[numbers.Length];
        for (int column = 0; column < cells.Length; column++)
            cells[column] = CellOf(column, numbers[column]);
        return cells;
    }

    private float[] Encode<TRow>(TRow row)
        where TRow : struct, IRow, allows ref struct
    {
        Require(row);
        using LaneLease lease = _model.Rows.Lease();
        DetectorLane lane = lease.Lane;
        int impossible = row.Apply(_transform, lane.Table, lane.Input(0));
        if (impossible < 0)
            return lane.Encode();
        string name = _columns[impossible].Name;
        throw new DetectorInputException(
            InputFault.Impossible, name,
            $"the column {QuotedText.Excerpt(name)} holds no number that the model can take, so that there is no code; its score is "
            + "infinite");
    }
}
