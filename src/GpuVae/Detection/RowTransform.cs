using GpuVae.Data;
using GpuVae.Kernels;

namespace GpuVae.Detection;

/// <summary>
/// The way of <see cref="Pipeline.Apply"/> for one row, worked out once: the same bits, and nothing allocated.
/// Immutable, so that any
/// thread may use it.
/// </summary>
internal sealed class RowTransform
{
    private readonly int[] _numberColumns;  // of the table, in the order of the model
    private readonly double[] _fills;       // (table columns), NaN where nothing is filled
    private readonly double[] _offsets;     // (numbers), empty where nothing is scaled
    private readonly double[] _factors;
    private readonly bool _takesLogarithms;
    private readonly bool _leavesPixels;
    private readonly Group[] _groups;
    private readonly (int Column, int First)[] _marks;
    private readonly PixelEncoding _encoding;
    private readonly float[] _uniform;      // (D) draws of the encoding, the same for every row
    private readonly bool _isOfBytes;
    private readonly Dictionary<string, int>?[] _places; // (table columns) of words

    /// <summary>Works it out.</summary>
    /// <param name="pipeline">Of the model.</param>
    /// <param name="dimensions">D, the numbers that the model takes.</param>
    /// <param name="encoding">What the model sees of a number.</param>
    /// <param name="seed">Decides draws of the encoding.</param>
    /// <param name="isOfBytes">Whether only bytes have a probability.</param>
    public RowTransform(Pipeline pipeline, int dimensions, PixelEncoding encoding, ulong seed, bool isOfBytes)
    {
        var oneHot = new OneHot(pipeline);
        TableColumns = pipeline.TableColumns(dimensions);
        _encoding = encoding;
        _isOfBytes = isOfBytes;
        _numberColumns = oneHot.NumberColumns(TableColumns);
        _fills = new double[TableColumns];
        Array.Fill(_fills, double.NaN);
        for (int column = 0; column < TableColumns && pipeline.FillValues.Count == TableColumns; column++)
            _fills[column] = pipeline.FillValues[column];
        Scaling scaling = pipeline.Scaling;
        _takesLogarithms = scaling.TakesLogarithms;
        _leavesPixels = scaling.LeavesPixels;
        _offsets = [.. _numberColumns.Take(scaling.Offsets.Count == 0 ? 0 : int.MaxValue).Select((_, i) => At(scaling.Offsets, i))];
        _factors = [.. _offsets.Select((_, i) => At(scaling.Factors, i))];
        Owners = new int[dimensions];
        _numberColumns.CopyTo(Owners, 0);
        int first = _numberColumns.Length;
        _groups = new Group[pipeline.Categories.Count];
        _places = new Dictionary<string, int>?[TableColumns];
        for (int i = 0; i < _groups.Length; i++)
        {
            Category category = pipeline.Categories[i];
            _groups[i] = new Group(category.Column, first, category.Width, category.Levels is [.., ""] ? category.Levels.Count - 1 : -1);
            Owners.AsSpan(first, category.Width).Fill(category.Column);
            first += category.Width;
            var places = new Dictionary<string, int>(StringComparer.Ordinal);
            for (int level = 0; level < category.Levels.Count; level++)
                places[category.Levels[level]] = level;
            _places[category.Column] = places;
            _fills[category.Column] = double.NaN;
        }
        _marks = new (int, int)[pipeline.MaskedColumns.Count];
        for (int i = 0; i < _marks.Length; i++)
        {
            _marks[i] = (pipeline.MaskedColumns[i], first);
            Owners.AsSpan(first, 2).Fill(pipeline.MaskedColumns[i]);
            first += 2;
        }
        _uniform = encoding == PixelEncoding.Resampled ? new float[dimensions] : [];
        Philox.FillUniform(new RandomSource(seed, RandomPurpose.EvaluationPixels), 0, _uniform);
    }

    /// <summary>Columns of the table.</summary>
    public int TableColumns { get; }

    /// <summary>The column of the table that each number of the model belongs to: (D).</summary>
    public int[] Owners { get; }

    /// <summary>Whether there are columns of words.</summary>
    public bool HasWords => _groups.Length > 0;

    /// <summary>What stands in a row for a word of a column: its place in the group, NaN for a missing cell.</summary>
    /// <param name="column">Of the table, of words.</param>
    /// <param name="word">Null for a missing cell.</param>
    public double PlaceOf(int column, string? word) => word is null ? double.NaN
        : _places[column]!.TryGetValue(word, out int place) ? place
        : _places[column]!.Count;

    /// <summary>A row as the model takes it.</summary>
    /// <param name="table">(table columns): numbers, NaN for missing cells, and of words <see cref="PlaceOf"/>.</param>
    /// <param name="x">(D).</param>
    /// <returns>The first column of the table that is impossible; −1 where none is.</returns>
    public int Apply(ReadOnlySpan<double> table, Span<float> x)
    {
        ReadOnlySpan<int> columns = _numberColumns;
        for (int i = 0; i < columns.Length; i++)
        {
            double number = table[columns[i]];
            if (double.IsNaN(number))
                number = _fills[columns[i]];
            // Of 0 it would be −∞, and of less NaN: neither is a number to score.
            if (_takesLogarithms)
                number = number <= 0 ? double.NaN : Math.Log(number);
            if (_offsets.Length > 0)
                number = (number - _offsets[i]) * _factors[i];
            x[i] = (float)number;
        }
        x[columns.Length..].Clear();
        foreach (Group group in _groups)
        {
            double level = table[group.Column];
            int place = double.IsNaN(level) ? group.Missing : (int)level;
            // Nothing stands for a cell that is missing where none was in training: such an example is impossible.
            if (place < 0)
                x.Slice(group.First, group.Width).Fill(float.NaN);
            else
                x[group.First + place] = 1;
        }
        foreach ((int column, int first) in _marks)
            x[first + (double.IsNaN(table[column]) ? 1 : 0)] = 1;
        return Encode(x);
    }

    /// <summary>A picture of bytes as the model takes it.</summary>
    /// <param name="pixels">(D).</param>
    /// <param name="table">(D), overwritten.</param>
    /// <param name="x">(D).</param>
    /// <returns>As of <see cref="Apply(ReadOnlySpan{double}, Span{float})"/>.</returns>
    public int Apply(ReadOnlySpan<byte> pixels, Span<double> table, Span<float> x)
    {
        if (!_leavesPixels)
        {
            for (int i = 0; i < pixels.Length; i++)
                table[i] = pixels[i];
            return Apply(table, x);
        }
        for (int i = 0; i < pixels.Length; i++)
            x[i] = pixels[i] / 255f;
        return Encode(x);
    }

    /// <summary>
    /// Makes of a row that has gone through the pipeline what the model's encoder sees, and looks for numbers that have no
    /// probability.
    /// </summary>
    /// <param name="x">(D), updated.</param>
    /// <returns>The first column of the table that is impossible; −1 where none is.</returns>
    public int Encode(Span<float> x)
    {
        int impossible = int.MaxValue;
        bool isProbability = _encoding != PixelEncoding.Scaled;
        for (int i = 0; i < x.Length; i++)
        {
            float value = x[i];
            if (!float.IsFinite(value) || (isProbability && value is < 0 or > 1) || (_isOfBytes && !PixelBytes.IsByte(value)))
                impossible = Math.Min(impossible, Owners[i]);
        }
        if (_encoding == PixelEncoding.Threshold)
        {
            foreach (ref float value in x)
                value = value > 0.5f ? 1 : 0;
        }
        else if (_encoding == PixelEncoding.Resampled)
        {
            for (int i = 0; i < x.Length; i++)
                x[i] = _uniform[i] < x[i] ? 1 : 0;
        }
        return impossible == int.MaxValue ? -1 : impossible;
    }

    /// <summary>Marks every column of the table that is impossible.</summary>
    /// <param name="x">(D), as the pipeline gives it, before <see cref="Encode"/>.</param>
    /// <param name="isImpossible">(table columns).</param>
    public void FindImpossible(ReadOnlySpan<float> x, Span<bool> isImpossible)
    {
        for (int i = 0; i < x.Length; i++)
        {
            isImpossible[Owners[i]] |= !float.IsFinite(x[i]) || (_encoding != PixelEncoding.Scaled && x[i] is < 0 or > 1)
                || (_isOfBytes && !PixelBytes.IsByte(x[i]));
        }
    }

    /// <summary>
    /// The cell that a row had in a column where its numbers do not say: missing, or a word that training did not see. Null for others.
    /// </summary>
    /// <param name="x">(D), as the pipeline gives it, before <see cref="Encode"/>.</param>
    /// <param name="column">Of the table.</param>
    public ColumnValue? UnsaidCell(ReadOnlySpan<float> x, int column)
    {
        foreach ((int owner, int first) in _marks)
        {
            if (owner == column && x[first + 1] == 1)
                return ColumnValue.Missing;
        }
        foreach (Group group in _groups)
        {
            if (group.Column == column && !x.Slice(group.First, group.Width - 1).Contains(1))
                return x[group.First + group.Width - 1] == 1 ? (ColumnValue)"(another)" : ColumnValue.Missing;
        }
        return null;
    }

    private static double At(IReadOnlyList<double> numbers, int i) => numbers[numbers.Count == 1 ? 0 : i];

    private readonly record struct Group(int Column, int First, int Width, int Missing);
}
