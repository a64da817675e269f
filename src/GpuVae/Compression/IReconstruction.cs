namespace GpuVae.Compression;

/// <summary>An example rebuilt from a decoder's outputs, as the symbols that a file restores.</summary>
internal interface IReconstruction
{
    /// <summary>The likeliest symbols, or those nearest to the mean.</summary>
    /// <param name="outputs">The decoder's, of the whole example, before any activation of the likelihood.</param>
    /// <param name="symbols">Of the example.</param>
    void Reconstruct(ReadOnlySpan<float> outputs, Span<byte> symbols);

    /// <summary>What the model sees of symbols.</summary>
    /// <param name="symbols">Of an example.</param>
    /// <param name="x">(D).</param>
    void See(ReadOnlySpan<byte> symbols, Span<float> x);
}
