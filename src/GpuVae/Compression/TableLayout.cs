using System.Buffers.Binary;
using System.Text;
using GpuVae.Kernels;

namespace GpuVae.Compression;

/// <summary>
/// The columns of a compressed table. An example has a symbol for each column of numbers, then one for each column of words, then one
/// for each column whose missing cells are marked, 1 where the cell is missing: the order of the model's columns. Behind them come the rests
/// of columns with more numbers than symbols.
/// </summary>
internal sealed class TableLayout
{
    private const byte Stepped = 0;
    private const byte Listed = 1;
    private const byte Worded = 2;

    private readonly WordColumn[] _words;
    private readonly int _firstRest;
    private readonly int[] _rests; // the variable of each number's rest, or 0

    /// <summary>Orders columns.</summary>
    /// <param name="columns">As the table has them, at least one.</param>
    public TableLayout(IReadOnlyList<TableColumn> columns)
    {
        Columns = columns;
        Numbers = [.. columns.OfType<NumberColumn>()];
        _words = [.. columns.OfType<WordColumn>()];
        MarkedNumbers = [.. Enumerable.Range(0, Numbers.Count).Where(number => Numbers[number].IsMarked)];
        RestedNumbers = [.. Enumerable.Range(0, Numbers.Count).Where(number => Numbers[number].RestBits > 0)];
        _firstRest = Numbers.Count + _words.Length + MarkedNumbers.Count;
        Variables = _firstRest + RestedNumbers.Count;
        var starts = new List<int> { Numbers.Count };
        for (int i = Numbers.Count; i < _firstRest; i++)
            starts.Add(checked(starts[^1] + WidthOf(i)));
        Starts = starts;
        _rests = new int[Numbers.Count];
        for (int i = 0; i < RestedNumbers.Count; i++)
            _rests[RestedNumbers[i]] = _firstRest + i;
    }

    /// <summary>As the table has them.</summary>
    public IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>Those of numbers.</summary>
    public IReadOnlyList<NumberColumn> Numbers { get; }

    /// <summary>Which of <see cref="Numbers"/> are marked.</summary>
    public IReadOnlyList<int> MarkedNumbers { get; }

    /// <summary>Which of <see cref="Numbers"/> have a rest.</summary>
    public IReadOnlyList<int> RestedNumbers { get; }

    /// <summary>Symbols of an example.</summary>
    public int Variables { get; }

    /// <summary>Where the model's columns of each word and mark begin, and where the last end.</summary>
    public IReadOnlyList<int> Starts { get; }

    /// <summary>The columns of words in their order, whose symbols follow those of <see cref="Numbers"/>.</summary>
    public IReadOnlyList<WordColumn> Words => _words;

    /// <summary>Whether a variable marks missing cells.</summary>
    public bool IsMark(int variable) => variable >= Numbers.Count + _words.Length;

    /// <summary>Columns of the model for a word or a mark.</summary>
    public int WidthOf(int variable) => IsMark(variable) ? 2 : _words[variable - Numbers.Count].Known + 1;

    /// <summary>Symbols of a word or a mark.</summary>
    public int SymbolsOf(int variable) => IsMark(variable) ? 2 : _words[variable - Numbers.Count].Symbols;

    /// <summary>Bits of a variable that is a rest; 0 for any other.</summary>
    public int RestBitsOf(int variable) => variable < _firstRest ? 0 : Numbers[RestedNumbers[variable - _firstRest]].RestBits;

    /// <summary>The place of a number of an example.</summary>
    /// <param name="number">Of <see cref="Numbers"/>.</param>
    /// <param name="symbols">Of the example, of four bytes.</param>
    public long PlaceOf(int number, ReadOnlySpan<byte> symbols)
    {
        int bits = Numbers[number].RestBits;
        long symbol = BinaryPrimitives.ReadInt32LittleEndian(symbols[(number * sizeof(int))..]);
        return bits == 0 ? symbol : (symbol << bits) | (long)BinaryPrimitives.ReadInt32LittleEndian(symbols[(_rests[number] * sizeof(int))..]);
    }

    /// <summary>Puts the place of a number into the symbols of an example.</summary>
    /// <param name="number">Of <see cref="Numbers"/>.</param>
    /// <param name="place">It.</param>
    /// <param name="symbols">Of the example, of four bytes.</param>
    public void Put(int number, long place, Span<byte> symbols)
    {
        int bits = Numbers[number].RestBits;
        BinaryPrimitives.WriteInt32LittleEndian(symbols[(number * sizeof(int))..], (int)(place >> bits));
        if (bits > 0)
            BinaryPrimitives.WriteInt32LittleEndian(symbols[(_rests[number] * sizeof(int))..], (int)(place & ((1L << bits) - 1)));
    }

    /// <summary>Writes it.</summary>
    public byte[] ToArray()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
        {
            writer.Write(Columns.Count);
            foreach (TableColumn column in Columns)
                Write(writer, column);
        }
        return stream.ToArray();
    }

    /// <summary>Reads it.</summary>
    /// <param name="bytes">What <see cref="ToArray"/> gave.</param>
    /// <param name="image">An example of the model.</param>
    /// <returns>Null where it is none, or one for another model.</returns>
    public static TableLayout? Read(byte[] bytes, Shape image)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
            int count = reader.ReadInt32();
            var columns = new List<TableColumn>();
            for (int i = 0; i < count; i++)
            {
                if (Column(reader, bytes.Length) is not { } column)
                    return null;
                columns.Add(column);
            }
            if (columns.Count == 0 || reader.BaseStream.Position != bytes.Length)
                return null;
            var layout = new TableLayout(columns);
            return image is { Height: 1, Channels: 1 } && layout.Starts[^1] == image.Width ? layout : null;
        }
        catch (Exception exception) when (
            exception is IOException or FormatException or ArgumentException or OverflowException)
        {
            return null;
        }
    }

    private static void Write(BinaryWriter writer, TableColumn column)
    {
        writer.Write(column switch { SteppedColumn => Stepped, ListedColumn => Listed, _ => Worded });
        writer.Write(column.Name);
        if (column is NumberColumn number)
        {
            writer.Write(number.Scale.Offset);
            writer.Write(number.Scale.Factor);
            writer.Write(number.Scale.IsLogarithm);
            writer.Write(number.IsMarked);
            writer.Write(number.Error);
        }
        switch (column)
        {
            case SteppedColumn stepped:
                writer.Write(stepped.Unit);
                writer.Write(stepped.IsDivided);
                writer.Write(stepped.Least);
                writer.Write(stepped.Count);
                break;
            case ListedColumn listed:
                writer.Write(listed.Values.Length);
                Array.ForEach(listed.Values, writer.Write);
                break;
            case WordColumn words:
                writer.Write(words.Known);
                writer.Write(words.Symbols);
                foreach (string word in words.Words)
                    writer.Write(word);
                break;
        }
    }

    /// <returns>Null where it says what cannot be.</returns>
    private static TableColumn? Column(BinaryReader reader, int length)
    {
        byte kind = reader.ReadByte();
        string name = reader.ReadString();
        if (kind == Worded)
        {
            (int known, int symbols) = (reader.ReadInt32(), reader.ReadInt32());
            // Each word takes a byte at least; the model's columns are counted in whole numbers.
            if (known < 0 || symbols < Math.Max(known, 1) || symbols > length)
                return null;
            var words = new string[symbols];
            for (int i = 0; i < symbols; i++)
                words[i] = reader.ReadString();
            return new WordColumn(name, known, words);
        }
        var scale = new ColumnScale(reader.ReadDouble(), reader.ReadDouble(), reader.ReadBoolean());
        bool isMarked = reader.ReadBoolean();
        double error = reader.ReadDouble();
        if (!double.IsFinite(scale.Offset) || scale.Factor is not (> 0 and < double.PositiveInfinity) || error is not (>= 0 and < double.PositiveInfinity))
            return null;
        if (kind == Stepped)
        {
            var column = new SteppedColumn(
                name, scale, isMarked, reader.ReadDouble(), reader.ReadBoolean(), reader.ReadDouble(), reader.ReadInt64()) { Error = error };
            return column.Unit is > 0 and < double.PositiveInfinity && Math.Abs(column.Least) <= TableColumns.MostSteps
                && column.Least == Math.Floor(column.Least) && column.Count is >= 1 and <= TablePixels.MostNumbers ? column : null;
        }
        int count = reader.ReadInt32();
        if (kind != Listed || count < 1 || count > length / sizeof(double))
            return null;
        var values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = reader.ReadDouble();
            if (!double.IsFinite(values[i]) || (i > 0 && values[i] <= values[i - 1]))
                return null;
        }
        return new ListedColumn(name, scale, isMarked, values) { Error = error };
    }
}
