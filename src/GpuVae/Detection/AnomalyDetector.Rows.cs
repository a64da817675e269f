using GpuVae.Data;

namespace GpuVae.Detection;

/// <content>The ways in which a row can be given, and why it scores what it does.</content>
public sealed partial class AnomalyDetector
{
    /// <summary>A row, however it is given.</summary>
    private interface IRow
    {
        /// <summary>Columns.</summary>
        int Length { get; }

        /// <summary>Whether it can hold no word.</summary>
        bool HasNumbersAlone { get; }

        /// <summary>Makes it what the model takes.</summary>
        /// <param name="transform">Does it.</param>
        /// <param name="table">Room for the table's columns.</param>
        /// <param name="x">(D).</param>
        /// <returns>The first column that is impossible, or −1.</returns>
        int Apply(RowTransform transform, Span<double> table, Span<float> x);
    }

    /// <summary>Why a row has its score.</summary>
    /// <inheritdoc cref="Score(ReadOnlySpan{float})"/>
    public AnomalyExplanation Explain(ReadOnlySpan<float> row)
    {
        var table = new double[row.Length];
        for (int i = 0; i < table.Length; i++)
            table[i] = row[i];
        return Explain(new FloatRow(row), table);
    }

    /// <summary>The same of numbers in double precision.</summary>
    /// <inheritdoc cref="Score(ReadOnlySpan{float})"/>
    public AnomalyExplanation Explain(ReadOnlySpan<double> row) => Explain(new DoubleRow(row), row.ToArray());

    /// <summary>The same of a picture of bytes.</summary>
    /// <inheritdoc cref="Score(ReadOnlySpan{float})"/>
    public AnomalyExplanation Explain(ReadOnlySpan<byte> row)
    {
        var table = new double[row.Length];
        for (int i = 0; i < table.Length; i++)
            table[i] = row[i];
        return Explain(new ByteRow(row), table);
    }

    /// <summary>The same of a row by the names of its columns.</summary>
    /// <inheritdoc cref="Score(IReadOnlyDictionary{string, ColumnValue})"/>
    public AnomalyExplanation Explain(IReadOnlyDictionary<string, ColumnValue> row)
    {
        double[] table = ReadRow(row);
        return Explain(new TableRow(table), table, row);
    }

    private AnomalyExplanation Explain<TRow>(
        TRow row, double[] table, IReadOnlyDictionary<string, ColumnValue>? given = null)
        where TRow : struct, IRow, allows ref struct
    {
        Require(row);
        using LaneLease lease = _model.Rows.Lease();
        DetectorLane lane = lease.Lane;
        double[] parts = PartsOf(
            lane, row.Apply(_transform, lane.Table, lane.Input(0)), out double score, out int impossible);
        float[]? expected = impossible < 0 ? lane.Expect() : null;
        DetectorTelemetry.Scored(0, 1);
        double[]? inverted = expected is null ? null : InTableUnits(expected, typeof(TRow) == typeof(ByteRow));
        return new AnomalyExplanation(
            Verdict(score, impossible),
            [
                .. parts.Select((part, column) => new ColumnContribution(
                    column, _columns[column].Name, part, given?[_columns[column].Name] ?? (ColumnValue)table[column],
                    inverted is null ? ColumnValue.Missing : CellOf(column, inverted[column]))),
            ],
            Channels);
    }

    /// <summary>The same of an example that has gone through the detector's pipeline already.</summary>
    /// <param name="prepared">As the model takes them.</param>
    /// <param name="row">Which of them.</param>
    internal AnomalyExplanation ExplainPrepared(ImageSet prepared, int row)
    {
        using LaneLease lease = _model.Rows.Lease();
        DetectorLane lane = lease.Lane;
        prepared.CopyTo(row, lane.Input(0));
        float[] x = [.. lane.Input(0)];
        double[] parts = PartsOf(lane, _transform.Encode(lane.Input(0)), out double score, out int impossible);
        double[]? expected = impossible < 0 ? InTableUnits(lane.Expect(), isOfBytes: false) : null;
        double[] given = InTableUnits(x, isOfBytes: false);
        return new AnomalyExplanation(
            Verdict(score, impossible),
            [
                .. parts.Select((part, column) => new ColumnContribution(
                    column, _columns[column].Name, part,
                    _transform.UnsaidCell(x, column) ?? CellOf(column, given[column]),
                    expected is null ? ColumnValue.Missing : CellOf(column, expected[column]))),
            ],
            Channels);
    }

    /// <summary>Each column's part of the score of a lane's first row.</summary>
    /// <param name="lane">With the row.</param>
    /// <param name="first">The first column of it that is impossible, or −1.</param>
    /// <param name="score">Their sum.</param>
    /// <param name="impossible">The first column that is impossible, be it that the model's own numbers overflow, or −1.</param>
    private double[] PartsOf(DetectorLane lane, int first, out double score, out int impossible)
    {
        var parts = new double[_columns.Length];
        score = double.PositiveInfinity;
        impossible = first;
        if (first >= 0)
        {
            var isImpossible = new bool[parts.Length];
            _transform.FindImpossible(lane.Input(0), isImpossible);
            for (int column = 0; column < parts.Length; column++)
                parts[column] = isImpossible[column] || column == first ? double.PositiveInfinity : 0;
            return parts;
        }
        ReadOnlySpan<double> losses = lane.Measure(1);
        score = Sum(losses, out impossible);
        for (int i = 0; i < losses.Length; i++)
            parts[_transform.Owners[i]] += impossible < 0 ? losses[i] : double.IsFinite(losses[i]) ? 0 : double.PositiveInfinity;
        return parts;
    }

    /// <summary>What a model makes, in the units in which the row was given.</summary>
    private double[] InTableUnits(float[] expected, bool isOfBytes)
    {
        double[] numbers = _pipeline.Invert(expected, expected.Length);
        // Bytes are divided by 255 without a scaling that would know of it.
        if (isOfBytes && _pipeline.Scaling.Offsets.Count == 0)
        {
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] *= 255;
        }
        return numbers;
    }

    private ColumnValue CellOf(int column, double number)
    {
        IReadOnlyList<string> levels = _columns[column].Levels;
        return levels.Count == 0 ? number
            : levels[(int)number] is { Length: > 0 } word ? (ColumnValue)word
            : ColumnValue.Missing;
    }

    /// <summary>The cells of a named row in the table's order, words by their place.</summary>
    private double[] ReadRow(IReadOnlyDictionary<string, ColumnValue> row)
    {
        ArgumentNullException.ThrowIfNull(row);
        Dictionary<string, int> places = _places ?? throw new DetectorInputException(
            InputFault.WrongForm, null,
            "two columns of the detector have one name, so that names do not tell them apart; give the numbers in their order");
        string? extra = row.Keys.FirstOrDefault(name => !places.ContainsKey(name));
        string? missing = row.Count == places.Count && extra is null ? null : places.Keys.FirstOrDefault(name => !row.ContainsKey(name));
        if (missing is not null)
        {
            throw new DetectorInputException(
                InputFault.MissingColumn, missing, $"the row has no column {QuotedText.Excerpt(missing)}"
                + (extra is null ? "" : $", but one called {QuotedText.Excerpt(extra)}")
                + $"; the detector takes {Listed(_columns)}");
        }
        if (extra is not null)
        {
            throw new DetectorInputException(
                InputFault.ExtraColumn, extra,
                $"the detector knows no column {QuotedText.Excerpt(extra)}; leave it out: it takes {Listed(_columns)}");
        }
        var table = new double[_columns.Length];
        foreach ((string name, ColumnValue value) in row)
        {
            int column = places[name];
            if (_columns[column].IsOfWords)
            {
                table[column] = _transform.PlaceOf(column, value.ReadWord());
                continue;
            }
            if (!value.TryReadNumber(out table[column]))
            {
                throw new DetectorInputException(
                    InputFault.WrongKind, name,
                    $"the column {QuotedText.Excerpt(name)} takes a number, and {QuotedText.Quote(value.ToString())} is none");
            }
        }
        return table;
    }

    private static string Listed(DetectorColumn[] columns)
    {
        const int Most = 8;
        return string.Join(", ", columns.Take(Most).Select(column => QuotedText.Excerpt(column.Name)))
            + (columns.Length > Most ? FormattableString.Invariant($", … ({columns.Length} in all)") : "");
    }

    private readonly ref struct FloatRow(ReadOnlySpan<float> row) : IRow
    {
        private readonly ReadOnlySpan<float> _row = row;

        public int Length => _row.Length;

        public bool HasNumbersAlone => true;

        public int Apply(RowTransform transform, Span<double> table, Span<float> x)
        {
            for (int i = 0; i < _row.Length; i++)
                table[i] = _row[i];
            return transform.Apply(table[.._row.Length], x);
        }
    }

    private readonly ref struct DoubleRow(ReadOnlySpan<double> row) : IRow
    {
        private readonly ReadOnlySpan<double> _row = row;

        public int Length => _row.Length;

        public bool HasNumbersAlone => true;

        public int Apply(RowTransform transform, Span<double> table, Span<float> x) => transform.Apply(_row, x);
    }

    private readonly ref struct ByteRow(ReadOnlySpan<byte> row) : IRow
    {
        private readonly ReadOnlySpan<byte> _row = row;

        public int Length => _row.Length;

        public bool HasNumbersAlone => true;

        public int Apply(RowTransform transform, Span<double> table, Span<float> x) => transform.Apply(_row, table, x);
    }

    /// <summary>Cells that <see cref="ReadRow"/> has read.</summary>
    private readonly struct TableRow(double[] table) : IRow
    {
        public int Length => table.Length;

        public bool HasNumbersAlone => false;

        public int Apply(RowTransform transform, Span<double> room, Span<float> x) => transform.Apply(table, x);
    }
}
