namespace GpuVae.Compression;

/// <summary>Symbols that mean the same of each number of an example: pixels.</summary>
internal interface IPixelModel : ISymbolModel
{
    /// <summary>Values that a number has, from 0.</summary>
    int Symbols { get; }

    /// <summary>What a symbol is to the encoder.</summary>
    float Value(int symbol);

    /// <summary>The symbol of a number as the encoder sees it; −1 where it has none.</summary>
    int SymbolOf(float value);

    /// <inheritdoc/>
    void ISymbolModel.See(ReadOnlySpan<byte> symbols, Span<float> x)
    {
        for (int pixel = 0; pixel < symbols.Length; pixel++)
            x[pixel] = Value(symbols[pixel]);
    }
}
