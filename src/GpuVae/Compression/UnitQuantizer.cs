using System.Buffers.Binary;

namespace GpuVae.Compression;

/// <summary>
/// A unit of a code as whole numbers: symbol s stands for offset + (least + s) · step, and the nearest one is taken (a uniform
/// quantiser, which with a coder of symbols behind it takes 0.25 bits more than the best where steps are small; Gish and Pierce 1968).
/// </summary>
/// <param name="Offset">The unit's mean.</param>
/// <param name="Step">Above 0.</param>
/// <param name="Deviation">The unit's standard deviation, which says how probable symbols are before any was seen.</param>
/// <param name="Least">Steps from the mean to the least symbol.</param>
/// <param name="Levels">Symbols: 1 of a unit that is left out, whose mean stands for it.</param>
internal readonly record struct UnitQuantizer(float Offset, float Step, float Deviation, int Least, int Levels)
{
    /// <summary>The most symbols of a unit.</summary>
    public const int MostLevels = 4096;

    /// <summary>Bytes of <see cref="Write"/>.</summary>
    public const int Length = 16;

    /// <summary>What can be written of it and read: finite numbers, and so many symbols.</summary>
    public bool IsPossible => float.IsFinite(Offset) && float.IsFinite(Deviation) && Deviation >= 0 && Step > 0 && float.IsFinite(Step)
        && Levels is >= 1 and <= MostLevels && Math.Abs(Least) <= MostLevels;

    /// <summary>The number that a symbol stands for.</summary>
    public float Value(int symbol) => (float)(Offset + ((Least + symbol) * (double)Step));

    /// <summary>The nearest symbol.</summary>
    public int SymbolOf(float value)
    {
        double steps = Math.Round(((double)value - Offset) / Step);
        return (int)Math.Clamp(steps - Least, 0, Levels - 1);
    }

    /// <summary>Reads what <see cref="Write"/> wrote, possible or not.</summary>
    public static UnitQuantizer Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadSingleLittleEndian(bytes), BinaryPrimitives.ReadSingleLittleEndian(bytes[4..]),
        BinaryPrimitives.ReadSingleLittleEndian(bytes[8..]), BinaryPrimitives.ReadInt16LittleEndian(bytes[12..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[14..]));

    /// <summary>Writes offset, step, deviation, least symbol and symbols, little-endian.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteSingleLittleEndian(bytes, Offset);
        BinaryPrimitives.WriteSingleLittleEndian(bytes[4..], Step);
        BinaryPrimitives.WriteSingleLittleEndian(bytes[8..], Deviation);
        BinaryPrimitives.WriteInt16LittleEndian(bytes[12..], checked((short)Least));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[14..], checked((ushort)Levels));
    }

    /// <summary>The quantiser of a step.</summary>
    /// <param name="unit">What its numbers are.</param>
    /// <param name="step">Above 0; one beyond all numbers leaves a single symbol.</param>
    /// <returns>Null where there would be too many symbols, or where the step is no number of single precision.</returns>
    public static UnitQuantizer? Of(UnitRange unit, double step)
    {
        var offset = (float)unit.Mean;
        var deviation = (float)unit.Deviation;
        if (!(step < (unit.Most - unit.Least) * 2))
            return new UnitQuantizer(offset, 1, deviation, 0, 1);
        double first = Math.Round((unit.Least - offset) / (float)step), last = Math.Round((unit.Most - offset) / (float)step);
        return float.IsFinite((float)step) && last - first < MostLevels && Math.Max(-first, last) <= MostLevels
            ? new UnitQuantizer(offset, (float)step, deviation, (int)first, (int)(last - first) + 1)
            : null;
    }
}

/// <summary>What the numbers of a unit are.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Their standard deviation.</param>
/// <param name="Least">The least.</param>
/// <param name="Most">The largest.</param>
internal readonly record struct UnitRange(double Mean, double Deviation, double Least, double Most)
{
    /// <summary>Those of each unit.</summary>
    /// <param name="codes">(n, k), finite, at least one.</param>
    /// <param name="units">k.</param>
    public static UnitRange[] Of(ReadOnlySpan<float> codes, int units)
    {
        var ranges = new UnitRange[units];
        int count = codes.Length / units;
        for (int unit = 0; unit < units; unit++)
        {
            double sum = 0, squares = 0, least = double.PositiveInfinity, most = double.NegativeInfinity;
            for (int row = 0; row < count; row++)
            {
                double value = codes[(row * units) + unit];
                sum += value;
                squares += value * value;
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
            }
            double mean = sum / count;
            ranges[unit] = new UnitRange(mean, Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean))), least, most);
        }
        return ranges;
    }
}
