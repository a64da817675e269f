namespace GpuVae.Compression;

/// <summary>
/// How probable the symbols of a unit are, learned as they pass: who restores counts the same ones and needs no table. What
/// stands before the first is the normal distribution of the unit's mean and deviation, worth some dozens of symbols.
/// </summary>
internal sealed class AdaptiveFrequencies
{
    /// <summary>Slots are 2 to this power.</summary>
    public const int Bits = 24;

    // What a symbol that passed adds, and what the normal distribution has in all.
    private const uint Weight = 32;
    private const double PriorWeight = 1024;

    // Above, all are halved, so that every symbol keeps a slot; old ones count for less then.
    private const uint MostTotal = 1 << 20;

    private readonly uint[] _initial;
    private readonly uint[] _weights;
    private uint _total;

    /// <summary>Starts with the normal distribution.</summary>
    public AdaptiveFrequencies(UnitQuantizer unit)
    {
        _initial = new uint[unit.Levels];
        _weights = new uint[unit.Levels];
        double below = 0, ratio = unit.Deviation > 0 ? (double)unit.Step / unit.Deviation : 0;
        for (int symbol = 0; symbol < _initial.Length; symbol++)
        {
            double above = symbol == _initial.Length - 1 ? 1 : CanonicalMath.NormalCdf((unit.Least + symbol + 0.5) * ratio);
            _initial[symbol] = 1 + (uint)((above - below) * PriorWeight);
            below = above;
        }
        Reset();
    }

    /// <summary>Forgets what passed.</summary>
    public void Reset()
    {
        _initial.CopyTo(_weights, 0);
        _total = Sum();
    }

    /// <summary>The slots of a symbol now.</summary>
    public SymbolInterval IntervalOf(int symbol)
    {
        uint below = 0;
        for (int i = 0; i < symbol; i++)
            below += _weights[i];
        return Interval(below, symbol);
    }

    /// <summary>The symbol that has a slot now, and its slots.</summary>
    public SymbolInterval Find(uint slot, out int symbol)
    {
        uint below = 0;
        for (symbol = 0; symbol < _weights.Length - 1 && Slot(below + _weights[symbol]) <= slot; symbol++)
            below += _weights[symbol];
        return Interval(below, symbol);
    }

    /// <summary>Counts a symbol that passed.</summary>
    public void Count(int symbol)
    {
        _weights[symbol] += Weight;
        _total += Weight;
        if (_total <= MostTotal)
            return;
        foreach (ref uint weight in _weights.AsSpan())
            weight = (weight + 1) / 2;
        _total = Sum();
    }

    private SymbolInterval Interval(uint below, int symbol)
    {
        uint start = Slot(below);
        return new SymbolInterval(start, Slot(below + _weights[symbol]) - start);
    }

    /// <summary>Of 2²⁴ slots those below a sum of weights.</summary>
    private uint Slot(uint below) => (uint)(((ulong)below << Bits) / _total);

    private uint Sum()
    {
        uint sum = 0;
        foreach (uint weight in _weights)
            sum += weight;
        return sum;
    }
}
