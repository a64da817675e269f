using System.Buffers.Binary;
using GpuVae.Kernels;

namespace GpuVae.Compression;

/// <summary>
/// Rows of a table: a symbol for each column of numbers, with the probability that the likelihood gives to what is nearer to its
/// number than to any other of the column, the first and the last having the tails; one for each column of words, by a softmax; and one
/// for each column whose missing cells are marked; and one for what is left of numbers that are too many for slots.
/// </summary>
internal sealed class TablePixels : ISymbolModel, IReconstruction
{
    /// <summary>
    /// The most symbols of a column of numbers are 2 to this power, which leaves the model's probabilities 31 of 32 slots at least. Where
    /// there are more numbers, that many again share a symbol, and which of them it is has a symbol of its own.
    /// </summary>
    public const int SymbolBits = 24;

    /// <summary>The most numbers of a column.</summary>
    public const long MostNumbers = 1L << (2 * SymbolBits);

    // As in LatentBuckets: the rounding of Φ may take one slot of a symbol, and one is left.
    private const uint Slack = 2;
    private const uint Slots = 1u << AnsCoder.MostBits;

    private readonly TableLayout _layout;
    private readonly bool _isLaplace;
    private readonly double _inverse; // e^−λ
    private readonly double[]?[] _edges;

    /// <summary>Makes the tables of columns that have few numbers.</summary>
    /// <param name="layout">What is in the columns.</param>
    /// <param name="isLaplace">Whether the likelihood of numbers is Laplace's, and not Gauss's.</param>
    /// <param name="logScale">λ.</param>
    public TablePixels(TableLayout layout, bool isLaplace, float logScale)
    {
        _layout = layout;
        _isLaplace = isLaplace;
        _inverse = CanonicalMath.Exp(-(double)logScale);
        _edges =
        [
            .. layout.Numbers.Select(column => column is ListedColumn
                ? Enumerable.Range(0, column.Symbols).Select(symbol => symbol == 0 ? 0 : column.SeenEdge(symbol)).ToArray()
                : null),
        ];
    }

    /// <inheritdoc/>
    public int Bits => AnsCoder.MostBits;

    /// <inheritdoc/>
    public int SymbolBytes => sizeof(int);

    /// <inheritdoc/>
    public int CountOf(Shape image) => _layout.Variables;

    /// <inheritdoc/>
    public void See(ReadOnlySpan<byte> symbols, Span<float> x)
    {
        x.Clear();
        for (int i = 0; i < _layout.Variables; i++)
        {
            int symbol = BinaryPrimitives.ReadInt32LittleEndian(symbols[(i * sizeof(int))..]);
            if (i < _layout.Numbers.Count)
                x[i] = _layout.Numbers[i].Seen(_layout.PlaceOf(i, symbols));
            else if (_layout.RestBitsOf(i) == 0)
                x[_layout.Starts[i - _layout.Numbers.Count] + Math.Min(symbol, _layout.WidthOf(i) - 1)] = 1;
        }
    }

    /// <summary>The numbers of each column that are nearest to the outputs, and the likeliest words and marks.</summary>
    public void Reconstruct(ReadOnlySpan<float> outputs, Span<byte> symbols)
    {
        for (int i = 0; i < _layout.Numbers.Count; i++)
        {
            NumberColumn column = _layout.Numbers[i];
            double number = column.Scale.Inverse(float.IsNaN(outputs[i]) ? 0 : outputs[i]);
            _layout.Put(i, Math.Clamp(column.PlaceOf(number), 0, column.Places - 1), symbols);
        }
        for (int i = _layout.Numbers.Count; i < _layout.Variables && _layout.RestBitsOf(i) == 0; i++)
        {
            int likeliest = 0;
            for (int symbol = 1; symbol < _layout.SymbolsOf(i); symbol++)
            {
                if (Logit(outputs, i, symbol) > Logit(outputs, i, likeliest))
                    likeliest = symbol;
            }
            BinaryPrimitives.WriteInt32LittleEndian(symbols[(i * sizeof(int))..], likeliest);
        }
    }

    /// <inheritdoc/>
    public SymbolInterval IntervalOf(ReadOnlySpan<float> outputs, int pixel, int symbol)
    {
        if (_layout.RestBitsOf(pixel) is > 0 and int bits)
            return new SymbolInterval((uint)symbol << (Bits - bits), 1u << (Bits - bits));
        if (pixel >= _layout.Numbers.Count)
            return Word(outputs, pixel, symbol, slot: null, out _);
        uint start = Below(outputs[pixel], pixel, symbol);
        return new SymbolInterval(start, Below(outputs[pixel], pixel, symbol + 1) - start);
    }

    /// <inheritdoc/>
    public SymbolInterval Find(ReadOnlySpan<float> outputs, int pixel, uint slot, out int symbol)
    {
        if (_layout.RestBitsOf(pixel) is > 0 and int bits)
            return IntervalOf(outputs, pixel, symbol = (int)(slot >> (Bits - bits)));
        if (pixel >= _layout.Numbers.Count)
            return Word(outputs, pixel, 0, slot, out symbol);
        int low = 0, high = _layout.Numbers[pixel].Symbols;
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            if (Below(outputs[pixel], pixel, middle) <= slot)
                low = middle;
            else
                high = middle;
        }
        symbol = low;
        return IntervalOf(outputs, pixel, symbol);
    }

    /// <inheritdoc/>
    public double Cost(ReadOnlySpan<float> outputs, int pixel, int symbol)
    {
        if (_layout.RestBitsOf(pixel) is > 0 and int bits)
            return bits * Math.Log(2);
        if (pixel >= _layout.Numbers.Count)
            return WordCost(outputs, pixel, symbol);
        NumberColumn column = _layout.Numbers[pixel];
        double below = symbol == 0 ? double.NegativeInfinity : (column.SeenEdge(symbol) - outputs[pixel]) * _inverse;
        double above = symbol == column.Symbols - 1 ? double.PositiveInfinity : (column.SeenEdge(symbol + 1) - outputs[pixel]) * _inverse;
        return _isLaplace ? -IntervalMass.LogOfLaplace(below, above) : -IntervalMass.LogOfNormal(below, above);
    }

    /// <summary>Slots of the symbols below one of a column of numbers.</summary>
    private uint Below(float mean, int pixel, int symbol)
    {
        NumberColumn column = _layout.Numbers[pixel];
        int count = column.Symbols;
        double below;
        if (symbol == 0 || symbol == count)
        {
            below = symbol == 0 ? 0 : 1;
        }
        else
        {
            double distance = ((_edges[pixel]?[symbol] ?? column.SeenEdge(symbol)) - mean) * _inverse;
            below = double.IsNaN(distance) ? symbol / (double)count
                : !_isLaplace ? CanonicalMath.NormalCdf(distance)
                : distance < 0 ? 0.5 * CanonicalMath.Exp(distance)
                : 1 - (0.5 * CanonicalMath.Exp(-distance));
        }
        return (uint)(below * (Slots - ((uint)count * Slack))) + ((uint)symbol * Slack);
    }

    /// <summary>Slots of a word, or of the one that has a slot: in their order, by the softmax of the group's outputs.</summary>
    private SymbolInterval Word(ReadOnlySpan<float> outputs, int pixel, int symbol, uint? slot, out int found)
    {
        int count = _layout.SymbolsOf(pixel);
        double shared = Slots - ((uint)count * Slack), most = double.NegativeInfinity, total = 0;
        for (int i = 0; i < count; i++)
            most = Math.Max(most, Logit(outputs, pixel, i));
        for (int i = 0; i < count; i++)
            total += Weight(outputs, pixel, i, most);
        double sum = 0;
        uint start = 0;
        for (int i = 0; ; i++)
        {
            sum += Weight(outputs, pixel, i, most);
            uint end = i == count - 1 ? Slots : (uint)(Math.Min(sum / total, 1) * shared) + ((uint)(i + 1) * Slack);
            if (slot is uint asked ? asked < end : i == symbol)
            {
                found = i;
                return new SymbolInterval(start, end - start);
            }
            start = end;
        }
    }

    private double WordCost(ReadOnlySpan<float> outputs, int pixel, int symbol)
    {
        double most = double.NegativeInfinity, total = 0;
        int count = _layout.SymbolsOf(pixel);
        for (int i = 0; i < count; i++)
            most = Math.Max(most, Logit(outputs, pixel, i));
        for (int i = 0; i < count; i++)
            total += Weight(outputs, pixel, i, most);
        return -Math.Log(Weight(outputs, pixel, symbol, most) / total);
    }

    /// <summary>A word that the model does not know has a part of what it gives to all such.</summary>
    private double Weight(ReadOnlySpan<float> outputs, int pixel, int symbol, double most)
    {
        int known = _layout.WidthOf(pixel) - 1;
        double weight = CanonicalMath.Exp(Logit(outputs, pixel, symbol) - most);
        return symbol < known || _layout.IsMark(pixel) ? weight : weight / (_layout.SymbolsOf(pixel) - known);
    }

    /// <summary>The output of a word, within what a softmax tells apart; 0 where it is not a number.</summary>
    private double Logit(ReadOnlySpan<float> outputs, int pixel, int symbol)
    {
        double logit = outputs[_layout.Starts[pixel - _layout.Numbers.Count] + Math.Min(symbol, _layout.WidthOf(pixel) - 1)];
        return double.IsNaN(logit) ? 0 : Math.Clamp(logit, -1e30, 1e30);
    }
}
