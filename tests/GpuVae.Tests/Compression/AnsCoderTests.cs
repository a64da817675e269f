using GpuVae.Compression;
using Xunit;

namespace GpuVae.Tests.Compression;

/// <summary>The coder alone: whatever is pushed is popped, at the length that probabilities promise.</summary>
public sealed class AnsCoderTests
{
    private const int Symbols = 1_000_000;

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 16)]
    [InlineData(3, 256)]
    [InlineData(4, 1000)]
    public void A_million_symbols_come_back_within_a_thousandth_of_their_entropy(int seed, int alphabet)
    {
        const int Bits = 24;
        var random = new Random(seed);
        uint[] starts = Starts(Distribution(random, alphabet), Bits);
        int[] symbols = Draw(random, starts, Bits);
        var coder = new AnsCoder();
        double entropy = 0;
        foreach (int symbol in symbols)
        {
            SymbolInterval interval = Interval(starts, symbol);
            coder.Push(interval, Bits);
            entropy += Bits - Math.Log2(interval.Frequency);
        }
        byte[] bytes = coder.ToArray();
        // The state alone may hold nearly eight bytes of nothing.
        Assert.InRange(8.0 * (bytes.Length - AnsCoder.EmptyLength), 0.999 * entropy, 1.001 * entropy);
        var reader = AnsCoder.Read(bytes);
        for (int i = symbols.Length - 1; i >= 0; i--)
            Assert.Equal(symbols[i], Pop(reader, starts, Bits));
        Assert.True(reader.HoldsOnly(0, () => 0));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(AnsCoder.MostBits)]
    public void One_slot_of_many_and_all_but_one_are_coded_at_their_length(int bits)
    {
        uint[] starts = [0, 1, (1u << bits) - 1, 1u << bits];
        var coder = new AnsCoder();
        double entropy = 0;
        var random = new Random(bits);
        int[] symbols = [.. Enumerable.Range(0, 100_000).Select(_ => random.Next(1000) switch { 0 => 0, 1 => 2, _ => 1 })];
        foreach (int symbol in symbols)
        {
            coder.Push(Interval(starts, symbol), bits);
            entropy += bits - Math.Log2(Interval(starts, symbol).Frequency);
        }
        Assert.InRange(coder.Bits, 0.999 * entropy, (1.001 * entropy) + 1);
        var reader = AnsCoder.Read(coder.ToArray());
        foreach (int symbol in symbols.Reverse())
            Assert.Equal(symbol, Pop(reader, starts, bits));
    }

    [Fact]
    public void A_certain_symbol_takes_nothing()
    {
        var coder = new AnsCoder();
        for (int i = 0; i < 1000; i++)
            coder.Push(new SymbolInterval(0, 1 << 20), 20);
        Assert.Equal(0, coder.Bits);
        Assert.Equal(AnsCoder.EmptyLength, coder.ToArray().Length);
    }

    [Fact]
    public void One_symbol_comes_back_and_leaves_nothing()
    {
        var coder = new AnsCoder();
        coder.Push(new SymbolInterval(77, 3), 16);
        var reader = AnsCoder.Read(coder.ToArray());
        Assert.InRange(reader.Peek(16), 77u, 79u);
        reader.Pop(new SymbolInterval(77, 3), 16);
        Assert.True(reader.HoldsOnly(0, () => 0));
    }

    [Fact]
    public void What_is_popped_of_an_empty_stack_comes_from_the_supply_and_goes_back()
    {
        uint next = 10;
        var coder = new AnsCoder(() => next++);
        var popped = new List<SymbolInterval>();
        for (int i = 0; i < 100; i++)
        {
            popped.Add(new SymbolInterval(coder.Peek(28) & ~0xFFu, 256));
            coder.Pop(popped[^1], 28);
        }
        Assert.InRange(coder.Supplied, 60, 64);
        foreach (SymbolInterval interval in Enumerable.Reverse(popped))
            coder.Push(interval, 28);
        next = 10;
        Assert.True(coder.HoldsOnly(coder.Supplied, () => next++));
        Assert.False(coder.HoldsOnly(coder.Supplied, () => next++));
    }

    [Fact]
    public void A_mask_makes_draws_of_any_stack_and_is_undone()
    {
        // A stack of zeros gives the same slot for ever.
        var coder = new AnsCoder(() => 0);
        var random = new Random(9);
        uint[] masks = [.. Enumerable.Range(0, 20_000).Select(_ => (uint)random.Next(1 << 16))];
        var popped = new List<SymbolInterval>();
        int low = 0;
        foreach (uint mask in masks)
        {
            uint slot = coder.Peek(16, mask);
            low += slot < 1 << 14 ? 1 : 0;
            popped.Add(slot < 1 << 14 ? new SymbolInterval(0, 1 << 14) : new SymbolInterval(1 << 14, 3 << 14));
            coder.Pop(popped[^1], 16, mask);
        }
        Assert.InRange(low, 4700, 5300);
        for (int i = masks.Length - 1; i >= 0; i--)
            coder.Push(popped[i], 16, masks[i]);
        Assert.True(coder.HoldsOnly(coder.Supplied, () => 0));
    }

    [Fact]
    public void An_empty_or_hostile_stream_is_a_typed_error()
    {
        Assert.Throws<AnsException>(() => AnsCoder.Read([]));
        Assert.Throws<AnsException>(() => AnsCoder.Read(new byte[7]));
        Assert.Throws<AnsException>(() => AnsCoder.Read(new byte[8]));
        Assert.Throws<AnsException>(() => AnsCoder.Read([.. Enumerable.Repeat((byte)255, 8)]));
        Assert.Throws<AnsException>(() => AnsCoder.Read([0, 0, 0, 128, 0, 0, 0, 0, 1]));
        var empty = AnsCoder.Read(new AnsCoder().ToArray());
        Assert.Throws<AnsException>(() => empty.Pop(new SymbolInterval(0, 1), 8));
        var random = new Random(5);
        for (int i = 0; i < 1000; i++)
        {
            var bytes = new byte[4 * random.Next(12)];
            random.NextBytes(bytes);
            Assert.Throws<AnsException>(() => PopForEver(bytes));
        }
    }

    [Fact]
    public void A_slot_of_another_symbol_is_refused()
    {
        var coder = new AnsCoder();
        coder.Push(new SymbolInterval(5, 1), 8);
        Assert.Throws<ArgumentException>(() => coder.Pop(new SymbolInterval(6, 1), 8));
    }

    private static void PopForEver(byte[] bytes)
    {
        var coder = AnsCoder.Read(bytes);
        while (true)
            coder.Pop(new SymbolInterval(coder.Peek(16), 1), 16);
    }

    private static double[] Distribution(Random random, int alphabet) =>
        [.. Enumerable.Range(0, alphabet).Select(_ => Math.Exp(12 * random.NextDouble()))];

    /// <summary>Slots before each symbol, none of which has no slot.</summary>
    private static uint[] Starts(double[] weights, int bits)
    {
        double total = weights.Sum(), below = 0;
        var starts = new uint[weights.Length + 1];
        for (int i = 0; i < weights.Length; i++)
        {
            starts[i] = (uint)(below / total * ((1u << bits) - (uint)weights.Length)) + (uint)i;
            below += weights[i];
        }
        starts[^1] = 1u << bits;
        return starts;
    }

    private static int[] Draw(Random random, uint[] starts, int bits) =>
        [.. Enumerable.Range(0, Symbols).Select(_ => Find(starts, (uint)random.Next(1 << bits)))];

    private static int Find(uint[] starts, uint slot)
    {
        int place = Array.BinarySearch(starts, slot);
        return place >= 0 ? place : ~place - 1;
    }

    private static SymbolInterval Interval(uint[] starts, int symbol) => new(starts[symbol], starts[symbol + 1] - starts[symbol]);

    private static int Pop(AnsCoder coder, uint[] starts, int bits)
    {
        int symbol = Find(starts, coder.Peek(bits));
        coder.Pop(Interval(starts, symbol), bits);
        return symbol;
    }
}
