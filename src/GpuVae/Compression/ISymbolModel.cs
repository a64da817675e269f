using GpuVae.Kernels;

namespace GpuVae.Compression;

/// <summary>
/// p(x | z) of an example as symbols, whole numbers from 0, and as slots of a range: a cumulative function and its inverse.
/// </summary>
internal interface ISymbolModel
{
    /// <summary>b, of 2ᵇ slots in all.</summary>
    int Bits { get; }

    /// <summary>Bytes of a symbol in memory, 1 or 4, the lowest first.</summary>
    int SymbolBytes => 1;

    /// <summary>Symbols of an example.</summary>
    /// <param name="image">An example as the model takes it.</param>
    int CountOf(Shape image) => image.Size;

    /// <summary>What the encoder sees.</summary>
    /// <param name="symbols">Of an example.</param>
    /// <param name="x">(D).</param>
    void See(ReadOnlySpan<byte> symbols, Span<float> x);

    /// <summary>The slots of a symbol.</summary>
    /// <param name="outputs">The decoder's, of the whole example.</param>
    /// <param name="pixel">Which symbol of the example.</param>
    /// <param name="symbol">Its value.</param>
    SymbolInterval IntervalOf(ReadOnlySpan<float> outputs, int pixel, int symbol);

    /// <summary>The symbol that has a slot, and its slots.</summary>
    /// <param name="outputs">The decoder's, of the whole example.</param>
    /// <param name="pixel">Which symbol of the example.</param>
    /// <param name="slot">Below 2ᵇ.</param>
    /// <param name="symbol">The value.</param>
    SymbolInterval Find(ReadOnlySpan<float> outputs, int pixel, uint slot, out int symbol);

    /// <summary>−log p of a symbol in nats as the likelihood has it, before it is rounded to slots; for a report.</summary>
    double Cost(ReadOnlySpan<float> outputs, int pixel, int symbol);
}
