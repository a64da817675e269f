using System.Text;
using GpuVae.Kernels;

namespace GpuVae.Compression;

/// <summary>
/// The columns of a table as a part of a compressed file: the largest error as a double, the column that has it and how many there are
/// as whole numbers of seven bits a byte, and of each column a byte for its kind, one of flags, its name, and what is in it.
/// </summary>
internal static class TableLayoutBytes
{
    /// <summary>Whole numbers to here have a double each.</summary>
    private const double MostSteps = TableColumns.MostSteps;

    private enum Kind : byte
    {
        Stepped,
        Listed,
        Words,
    }

    /// <summary>What is said of a column of numbers in a bit; the scale and the unit are written where they are not those of before.</summary>
    [Flags]
    private enum Flags : byte
    {
        None = 0,
        IsLogarithm = 1,
        IsMarked = 2,
        IsDivided = 4,
        IsRounded = 8,
        HasScale = 16,
        HasUnit = 32,
        All = 63,
    }

    /// <summary>Writes them.</summary>
    public static byte[] Of(TableLayout layout)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
        {
            writer.Write(layout.LargestError);
            writer.Write7BitEncodedInt(layout.WorstColumn + 1);
            writer.Write7BitEncodedInt(layout.Columns.Count);
            NumberColumn? before = null;
            double unit = 0;
            foreach (TableColumn column in layout.Columns)
            {
                Write(writer, column, before, unit);
                before = column as NumberColumn ?? before;
                unit = (column as SteppedColumn)?.Unit ?? unit;
            }
        }
        return stream.ToArray();
    }

    /// <summary>Reads them.</summary>
    /// <param name="bytes">What <see cref="Of"/> gave.</param>
    /// <param name="image">An example of the model.</param>
    /// <returns>Null where it is none, or one for another model.</returns>
    public static TableLayout? Read(byte[] bytes, Shape image)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
            double error = reader.ReadDouble();
            int worst = reader.Read7BitEncodedInt() - 1, count = reader.Read7BitEncodedInt();
            var columns = new List<TableColumn>();
            NumberColumn? before = null;
            double unit = 0;
            for (int i = 0; i < count; i++)
            {
                if (Column(reader, bytes.Length, before, unit) is not { } column)
                    return null;
                columns.Add(column);
                before = column as NumberColumn ?? before;
                unit = (column as SteppedColumn)?.Unit ?? unit;
            }
            bool isExact = columns.All(column => column is not NumberColumn { IsExact: false });
            if (columns.Count == 0 || reader.BaseStream.Position != bytes.Length || error is not (>= 0 and < double.PositiveInfinity)
                || (error == 0) != isExact || (worst < 0) != isExact || worst >= columns.Count)
            {
                return null;
            }
            var layout = new TableLayout(columns) { LargestError = error, WorstColumn = worst };
            return image is { Height: 1, Channels: 1 } && layout.Starts[^1] == image.Width ? layout : null;
        }
        catch (Exception exception) when (
            exception is IOException or FormatException or ArgumentException or OverflowException)
        {
            return null;
        }
    }

    private static void Write(BinaryWriter writer, TableColumn column, NumberColumn? before, double unit)
    {
        writer.Write((byte)(column switch { SteppedColumn => Kind.Stepped, ListedColumn => Kind.Listed, _ => Kind.Words }));
        Flags flags = Flags.None;
        if (column is NumberColumn number)
        {
            flags = Flag(number.Scale.IsLogarithm, Flags.IsLogarithm) | Flag(number.IsMarked, Flags.IsMarked)
                | Flag(!number.IsExact, Flags.IsRounded) | Flag(number.Scale != before?.Scale, Flags.HasScale)
                | (column is SteppedColumn steps ? Flag(steps.IsDivided, Flags.IsDivided) | Flag(steps.Unit != unit, Flags.HasUnit) : Flags.None);
        }
        writer.Write((byte)flags);
        writer.Write(column.Name);
        if (flags.HasFlag(Flags.HasScale))
        {
            writer.Write(((NumberColumn)column).Scale.Offset);
            writer.Write(((NumberColumn)column).Scale.Factor);
        }
        switch (column)
        {
            case SteppedColumn stepped:
                if (flags.HasFlag(Flags.HasUnit))
                    writer.Write(stepped.Unit);
                long least = (long)stepped.Least;
                writer.Write7BitEncodedInt64((least << 1) ^ (least >> 63));
                writer.Write7BitEncodedInt64(stepped.Count);
                break;
            case ListedColumn listed:
                writer.Write7BitEncodedInt(listed.Values.Length);
                Array.ForEach(listed.Values, writer.Write);
                break;
            case WordColumn words:
                writer.Write7BitEncodedInt(words.Known);
                writer.Write7BitEncodedInt(words.Symbols);
                foreach (string word in words.Words)
                    writer.Write(word);
                break;
        }
    }

    /// <returns>Null where it says what cannot be.</returns>
    private static TableColumn? Column(BinaryReader reader, int length, NumberColumn? before, double unit)
    {
        (var kind, var flags) = ((Kind)reader.ReadByte(), (Flags)reader.ReadByte());
        string name = reader.ReadString();
        if (kind > Kind.Words || flags > (kind == Kind.Words ? Flags.None : Flags.All))
            return null;
        if (kind == Kind.Words)
            return Words(reader, name, length);
        bool isLogarithm = flags.HasFlag(Flags.IsLogarithm), isMarked = flags.HasFlag(Flags.IsMarked);
        ColumnScale scale = flags.HasFlag(Flags.HasScale) ? new(reader.ReadDouble(), reader.ReadDouble(), isLogarithm)
            : (before?.Scale ?? default) with { IsLogarithm = isLogarithm };
        if (!double.IsFinite(scale.Offset) || scale.Factor is not (> 0 and < double.PositiveInfinity))
            return null;
        if (kind == Kind.Listed)
            return Listed(reader, name, length, scale, isMarked);
        unit = flags.HasFlag(Flags.HasUnit) ? reader.ReadDouble() : unit;
        long least = reader.Read7BitEncodedInt64(), count = reader.Read7BitEncodedInt64();
        least = (long)((ulong)least >> 1) ^ -(least & 1);
        return unit is > 0 and < double.PositiveInfinity && Math.Abs((double)least) <= MostSteps && count is >= 1 and <= TablePixels.MostNumbers
            ? new SteppedColumn(name, scale, isMarked, unit, flags.HasFlag(Flags.IsDivided), least, count) { IsExact = !flags.HasFlag(Flags.IsRounded) }
            : null;
    }

    private static ListedColumn? Listed(BinaryReader reader, string name, int length, ColumnScale scale, bool isMarked)
    {
        int count = reader.Read7BitEncodedInt();
        if (count < 1 || count > length / sizeof(double))
            return null;
        var values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = reader.ReadDouble();
            if (!double.IsFinite(values[i]) || (i > 0 && values[i] <= values[i - 1]))
                return null;
        }
        return new ListedColumn(name, scale, isMarked, values);
    }

    private static WordColumn? Words(BinaryReader reader, string name, int length)
    {
        (int known, int symbols) = (reader.Read7BitEncodedInt(), reader.Read7BitEncodedInt());
        // Each word takes a byte at least; the model's columns are counted in whole numbers.
        if (known < 0 || symbols < Math.Max(known, 1) || symbols > length)
            return null;
        var words = new string[symbols];
        for (int i = 0; i < symbols; i++)
            words[i] = reader.ReadString();
        return new WordColumn(name, known, words);
    }

    private static Flags Flag(bool holds, Flags flag) => holds ? flag : Flags.None;
}
