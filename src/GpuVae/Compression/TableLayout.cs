using System.Buffers.Binary;

namespace GpuVae.Compression;

/// <summary>
/// The columns of a compressed table. An example has a symbol for each column of numbers, then one for each column of words, then one
/// for each column whose missing cells are marked, 1 where the cell is missing: the order of the model's columns. Behind them come the rests
/// of columns with more numbers than symbols.
/// </summary>
internal sealed class TableLayout
{
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

    /// <summary>The largest difference between a number that was given and the one that is kept.</summary>
    public double LargestError { get; init; }

    /// <summary>The column that has it; −1 where all are exact.</summary>
    public int WorstColumn { get; init; } = -1;
}
