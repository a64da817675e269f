using System.Buffers.Binary;

namespace GpuVae.Compression;

/// <summary>A part of a range of 2ᵇ slots, which stands for a symbol of probability <paramref name="Frequency"/> / 2ᵇ.</summary>
/// <param name="Start">Slots before it.</param>
/// <param name="Frequency">Slots in it, at least one.</param>
internal readonly record struct SymbolInterval(uint Start, uint Frequency);

/// <summary>
/// A stack of symbols in as few bits as their probabilities allow: the range variant of asymmetric numeral systems (Duda 2013) with
/// a state of 64 bits that hands over and takes back words of 32. What was pushed last is popped first, exactly.
/// </summary>
/// <remarks>
/// The state x stays in [2³¹, 2⁶³). Pushing a symbol of frequency f of 2ᵇ makes x ← ⌊x/f⌋·2ᵇ + start + (x mod f), after a word was
/// handed over where that would leave the range; popping undoes both. Its arithmetic is that of whole numbers alone.
/// </remarks>
internal sealed class AnsCoder
{
    /// <summary>The largest b.</summary>
    public const int MostBits = 30;

    /// <summary>Bytes of a stack that holds nothing.</summary>
    public const int EmptyLength = sizeof(ulong);

    private const int LowerBits = 31;
    private const ulong Lower = 1ul << LowerBits;
    private const int WordBits = 32;

    private readonly Func<uint>? _supply;
    private readonly List<uint> _words;
    private ulong _state;

    /// <summary>An empty stack.</summary>
    /// <param name="supply">Gives the words that are popped when nothing is left; null where that is an error.</param>
    public AnsCoder(Func<uint>? supply = null)
        : this(Lower, [], supply)
    {
    }

    private AnsCoder(ulong state, List<uint> words, Func<uint>? supply = null) => (_state, _words, _supply) = (state, words, supply);

    /// <summary>Words that were asked of the supply: none of them was pushed by anybody.</summary>
    public int Supplied { get; private set; }

    /// <summary>How many bits the stack holds, fractions of one included.</summary>
    public double Bits => ((double)_words.Count * WordBits) + Math.Log2(_state) - LowerBits;

    /// <summary>Bytes that <see cref="ToArray"/> gives.</summary>
    public int Length => EmptyLength + (_words.Count * sizeof(uint));

    /// <summary>A stack as <see cref="ToArray"/> gave it.</summary>
    /// <exception cref="AnsException">They are none.</exception>
    public static AnsCoder Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < EmptyLength || bytes.Length % sizeof(uint) != 0)
            throw new AnsException($"{bytes.Length} bytes are no whole number of words behind a state");
        ulong state = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (state is < Lower or >= Lower << WordBits)
            throw new AnsException("the state is out of its range");
        var words = new List<uint>((bytes.Length - EmptyLength) / sizeof(uint));
        for (int at = EmptyLength; at < bytes.Length; at += sizeof(uint))
            words.Add(BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]));
        return new AnsCoder(state, words);
    }

    /// <summary>The state and the words, the oldest first, little-endian.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, _state);
        for (int i = 0; i < _words.Count; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(EmptyLength + (i * sizeof(uint))), _words[i]);
        return bytes;
    }

    /// <summary>Puts a symbol on top.</summary>
    /// <param name="symbol">Its slots.</param>
    /// <param name="bits">b, of 2ᵇ slots in all.</param>
    /// <param name="mask">Below 2ᵇ: what <see cref="Pop"/> is to be given, where that was asked for.</param>
    public void Push(SymbolInterval symbol, int bits, uint mask = 0)
    {
        // A symbol that is certain takes no bits.
        if (_state >= ((Lower >> bits) << WordBits) * symbol.Frequency)
        {
            _words.Add((uint)_state);
            _state >>= WordBits;
        }
        (ulong quotient, ulong rest) = Math.DivRem(_state, symbol.Frequency);
        _state = (quotient << bits) + (((uint)rest + symbol.Start) ^ mask);
    }

    /// <summary>The slot of the symbol on top.</summary>
    /// <param name="bits">b, of 2ᵇ slots in all.</param>
    /// <param name="mask">
    /// Below 2ᵇ. A number that looks like chance makes a slot that is equally likely to be any, whatever the stack holds: for who
    /// draws from it.
    /// </param>
    public uint Peek(int bits, uint mask = 0) => (uint)(_state & ((1ul << bits) - 1)) ^ mask;

    /// <summary>Takes the symbol from the top.</summary>
    /// <param name="symbol">Its slots, of which <see cref="Peek"/> gave one.</param>
    /// <param name="bits">b, of 2ᵇ slots in all.</param>
    /// <param name="mask">As given to <see cref="Peek"/>.</param>
    /// <exception cref="AnsException">Nothing is left.</exception>
    public void Pop(SymbolInterval symbol, int bits, uint mask = 0)
    {
        uint slot = Peek(bits, mask);
        if (slot - symbol.Start >= symbol.Frequency)
            throw new ArgumentException($"Slot {slot} is none of the symbol's.", nameof(symbol));
        _state = (symbol.Frequency * (_state >> bits)) + slot - symbol.Start;
        if (_state < Lower)
            _state = (_state << WordBits) | Next();
    }

    /// <summary>Whether nothing is left but what a supply gave, whose words are these.</summary>
    /// <param name="supplied">How many.</param>
    /// <param name="supply">Gives them again.</param>
    public bool HoldsOnly(int supplied, Func<uint> supply)
    {
        if (_state != Lower || _words.Count != supplied)
            return false;
        for (int i = supplied - 1; i >= 0; i--)
        {
            if (_words[i] != supply())
                return false;
        }
        return true;
    }

    private uint Next()
    {
        if (_words.Count == 0)
        {
            Supplied++;
            return _supply?.Invoke() ?? throw new AnsException("the stream ends before its symbols do");
        }
        uint word = _words[^1];
        _words.RemoveAt(_words.Count - 1);
        return word;
    }
}

/// <summary>A stream is not what an <see cref="AnsCoder"/> has written.</summary>
internal sealed class AnsException(string message) : Exception(message);
