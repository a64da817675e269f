namespace GpuVae.Compression;

/// <summary>
/// p(x | z) of the numbers of an example, each a whole number, as slots of a range: a cumulative function and its inverse.
/// </summary>
internal interface IPixelModel
{
    /// <summary>Values that a number has, from 0.</summary>
    int Symbols { get; }

    /// <summary>b, of 2ᵇ slots in all.</summary>
    int Bits { get; }

    /// <summary>What a symbol is to the encoder.</summary>
    float Value(int symbol);

    /// <summary>The symbol of a number as the encoder sees it; −1 where it has none.</summary>
    int SymbolOf(float value);

    /// <summary>The slots of a symbol.</summary>
    /// <param name="outputs">The decoder's, of the whole example.</param>
    /// <param name="pixel">Which number.</param>
    /// <param name="symbol">Its value.</param>
    SymbolInterval IntervalOf(ReadOnlySpan<float> outputs, int pixel, int symbol);

    /// <summary>The symbol that has a slot, and its slots.</summary>
    /// <param name="outputs">The decoder's, of the whole example.</param>
    /// <param name="pixel">Which number.</param>
    /// <param name="slot">Below 2ᵇ.</param>
    /// <param name="symbol">The value.</param>
    SymbolInterval Find(ReadOnlySpan<float> outputs, int pixel, uint slot, out int symbol);

    /// <summary>−log p of a symbol in nats as the likelihood has it, before it is rounded to slots; for a report.</summary>
    double Cost(ReadOnlySpan<float> outputs, int pixel, int symbol);
}
