using System.Numerics;

namespace GpuVae.Compression;

/// <summary>A column of a compressed table: what its symbols mean.</summary>
/// <param name="Name">What it is called.</param>
internal abstract record TableColumn(string Name)
{
    /// <summary>Symbols, from 0.</summary>
    public abstract int Symbols { get; }
}

/// <summary>A column of words.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Known">Words that the model knows, of <paramref name="Words"/> the first; the others are one to it.</param>
/// <param name="Words">A word for each symbol; an empty one for a cell that is missing.</param>
internal sealed record WordColumn(string Name, int Known, IReadOnlyList<string> Words) : TableColumn(Name)
{
    /// <inheritdoc/>
    public override int Symbols => Words.Count;
}

/// <summary>
/// A column of numbers, which the model sees as (x − offset) · factor, x being the number or its logarithm.
/// </summary>
/// <param name="Name">What it is called.</param>
/// <param name="Scale">What the model's pipeline does to its numbers.</param>
/// <param name="IsMarked">Whether the model has two columns that say whether a cell is there.</param>
internal abstract record NumberColumn(string Name, ColumnScale Scale, bool IsMarked) : TableColumn(Name)
{
    /// <summary>Whether every number that was given is one of the column's, and none was rounded.</summary>
    public bool IsExact { get; init; } = true;

    /// <summary>
    /// Bits of a number's place that its symbol leaves out, as all values of them are equally probable: where a column has more numbers
    /// than slots.
    /// </summary>
    public virtual int RestBits => 0;

    /// <summary>How many numbers there are.</summary>
    public virtual long Places => Symbols;

    /// <summary>The number at a place among those of the column, from 0: its symbol, and behind it the rest.</summary>
    public abstract double Value(long place);

    /// <summary>The number above those of the symbols below one, and below the others; symbols from 1.</summary>
    public abstract double Edge(int symbol);

    /// <summary>The place of the nearest number; outside of the column's range, one beyond it.</summary>
    public abstract long PlaceOf(double number);

    /// <summary>What the model sees of the number at a place.</summary>
    public float Seen(long place) => (float)Scale.Of(Value(place));

    /// <summary>The edge as the model sees it.</summary>
    public double SeenEdge(int symbol) => Scale.Of(Edge(symbol));
}

/// <summary>Numbers that are whole multiples of a unit, from the least one on.</summary>
/// <param name="Name">What the column is called.</param>
/// <param name="Scale">As of <see cref="NumberColumn"/>.</param>
/// <param name="IsMarked">As of <see cref="NumberColumn"/>.</param>
/// <param name="Unit">u, or 1/u.</param>
/// <param name="IsDivided">Whether it is 1/u: a thousandth has no double of its own, and k/1000 has the one that its text has.</param>
/// <param name="Least">The least one is so many units, a whole number.</param>
/// <param name="Count">Numbers.</param>
internal sealed record SteppedColumn(string Name, ColumnScale Scale, bool IsMarked, double Unit, bool IsDivided, double Least, long Count)
    : NumberColumn(Name, Scale, IsMarked)
{
    /// <inheritdoc/>
    public override int RestBits { get; } = Math.Max(0, sizeof(long) * 8 - BitOperations.LeadingZeroCount((ulong)(Count - 1)) - TablePixels.SymbolBits);

    /// <inheritdoc/>
    public override long Places => Count;

    /// <inheritdoc/>
    public override int Symbols => (int)((Count - 1) >> RestBits) + 1;

    /// <summary>u.</summary>
    public double Step => IsDivided ? 1 / Unit : Unit;

    /// <inheritdoc/>
    public override double Value(long place) => InUnits(Least + place);

    /// <inheritdoc/>
    public override double Edge(int symbol) => InUnits(Least + ((long)symbol << RestBits) - 0.5);

    /// <inheritdoc/>
    public override long PlaceOf(double number) => (long)Math.Clamp(Steps(number, Unit, IsDivided) - Least, -1, Count);

    /// <summary>A number in whole units.</summary>
    public static double Steps(double number, double unit, bool isDivided) => Math.Round(isDivided ? number * unit : number / unit);

    private double InUnits(double steps) => IsDivided ? steps / Unit : steps * Unit;
}

/// <summary>Numbers that are one of a few.</summary>
/// <param name="Name">What the column is called.</param>
/// <param name="Scale">As of <see cref="NumberColumn"/>.</param>
/// <param name="IsMarked">As of <see cref="NumberColumn"/>.</param>
/// <param name="Values">They, in rising order.</param>
internal sealed record ListedColumn(string Name, ColumnScale Scale, bool IsMarked, double[] Values) : NumberColumn(Name, Scale, IsMarked)
{
    /// <inheritdoc/>
    public override int Symbols => Values.Length;

    /// <inheritdoc/>
    public override double Value(long place) => Values[place];

    /// <inheritdoc/>
    public override double Edge(int symbol) => (Values[symbol - 1] * 0.5) + (Values[symbol] * 0.5);

    /// <inheritdoc/>
    public override long PlaceOf(double number)
    {
        int place = Array.BinarySearch(Values, number);
        if (place >= 0)
            return place;
        place = ~place;
        return place == Values.Length || (place > 0 && number < Edge(place)) ? place - 1 : place;
    }
}

/// <summary>What a pipeline does to the numbers of a column, in canonical arithmetic.</summary>
/// <param name="Offset">Is taken away.</param>
/// <param name="Factor">Then multiplies; above 0.</param>
/// <param name="IsLogarithm">Whether that is done to the logarithm.</param>
internal readonly record struct ColumnScale(double Offset, double Factor, bool IsLogarithm)
{
    /// <summary>A number as the model sees it.</summary>
    public double Of(double number) => ((IsLogarithm ? CanonicalMath.Log(Math.Max(number, 0)) : number) - Offset) * Factor;

    /// <summary>The number that the model sees so.</summary>
    public double Inverse(double seen)
    {
        double number = (seen / Factor) + Offset;
        return IsLogarithm ? CanonicalMath.Exp(number) : number;
    }
}
