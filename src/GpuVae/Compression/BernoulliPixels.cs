namespace GpuVae.Compression;

/// <summary>Pixels that are 0 or 1, the latter with probability σ(ℓ) of the decoder's output ℓ. Slots of 0 come first.</summary>
internal sealed class BernoulliPixels : IPixelModel
{
    private const uint Slots = 1u << 24;

    /// <inheritdoc/>
    public int Symbols => 2;

    /// <inheritdoc/>
    public int Bits => 24;

    /// <inheritdoc/>
    public float Value(int symbol) => symbol;

    /// <inheritdoc/>
    public int SymbolOf(float value) => value == 0 ? 0 : value == 1 ? 1 : -1;

    /// <inheritdoc/>
    public SymbolInterval IntervalOf(ReadOnlySpan<float> outputs, int pixel, int symbol)
    {
        uint ones = Ones(outputs[pixel]);
        return symbol == 0 ? new SymbolInterval(0, Slots - ones) : new SymbolInterval(Slots - ones, ones);
    }

    /// <inheritdoc/>
    public SymbolInterval Find(ReadOnlySpan<float> outputs, int pixel, uint slot, out int symbol)
    {
        uint ones = Ones(outputs[pixel]);
        symbol = slot >= Slots - ones ? 1 : 0;
        return symbol == 0 ? new SymbolInterval(0, Slots - ones) : new SymbolInterval(Slots - ones, ones);
    }

    /// <inheritdoc/>
    public double Cost(ReadOnlySpan<float> outputs, int pixel, int symbol)
    {
        double logit = symbol == 0 ? outputs[pixel] : -outputs[pixel];
        return Math.Max(logit, 0) + Math.Log(1 + Math.Exp(-Math.Abs(logit)));
    }

    /// <summary>Slots of 1, at least one and not all; half of them where ℓ is not a number.</summary>
    private static uint Ones(float logit)
    {
        double p = float.IsNaN(logit) ? 0.5 : CanonicalMath.Sigmoid(logit);
        return 1 + (uint)(p * (Slots - 2));
    }
}
