using GpuVae.Data;

namespace GpuVae.Compression;

/// <summary>
/// Bytes k with the probability that a logistic distribution about the decoder's output μ, of scale s, gives to what is nearer to
/// k/255 than to any other byte, the first and the last having the tails.
/// </summary>
internal sealed class LogisticPixels : IPixelModel
{
    private const int Levels = 256;
    private const uint Slots = 1u << 24;

    // As in LatentBuckets: the rounding of σ may take one slot of a byte, and one is left.
    private const uint Slack = 2;

    private readonly double _inverse; // 1/s
    private readonly double _half;    // half a byte, in units of s

    /// <summary>Sets the scale.</summary>
    /// <param name="logScale">log s, finite.</param>
    public LogisticPixels(float logScale)
    {
        _inverse = CanonicalMath.Exp(-(double)logScale);
        _half = _inverse / (2 * (Levels - 1));
    }

    /// <inheritdoc/>
    public int Symbols => Levels;

    /// <inheritdoc/>
    public int Bits => 24;

    /// <inheritdoc/>
    public float Value(int symbol) => symbol / 255f;

    /// <inheritdoc/>
    public int SymbolOf(float value) => PixelBytes.IsByte(value) ? PixelBytes.Of(value) : -1;

    /// <inheritdoc/>
    public SymbolInterval IntervalOf(ReadOnlySpan<float> outputs, int pixel, int symbol)
    {
        uint start = Below(outputs[pixel], symbol);
        return new SymbolInterval(start, Below(outputs[pixel], symbol + 1) - start);
    }

    /// <inheritdoc/>
    public SymbolInterval Find(ReadOnlySpan<float> outputs, int pixel, uint slot, out int symbol)
    {
        int low = 0, high = Levels;
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            if (Below(outputs[pixel], middle) <= slot)
                low = middle;
            else
                high = middle;
        }
        symbol = low;
        return IntervalOf(outputs, pixel, symbol);
    }

    /// <inheritdoc/>
    public double Cost(ReadOnlySpan<float> outputs, int pixel, int symbol)
    {
        double difference = ((symbol / 255.0) - outputs[pixel]) * _inverse;
        return symbol switch
        {
            0 => SoftPlus(-(difference + _half)),
            Levels - 1 => SoftPlus(difference - _half),
            _ => SoftPlus(difference - _half) + SoftPlus(-(difference + _half)) - Math.Log(-ExpMinusOne(-2 * _half)),
        };
    }

    /// <summary>Slots of the bytes below one.</summary>
    private uint Below(float mean, int symbol)
    {
        double below = symbol == 0 ? 0
            : symbol == Levels ? 1
            : float.IsNaN(mean) ? symbol / (double)Levels
            : CanonicalMath.Sigmoid((((symbol - 0.5) / 255) - mean) * _inverse);
        return (uint)(below * (Slots - (Levels * Slack))) + ((uint)symbol * Slack);
    }

    private static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    private static double ExpMinusOne(double x) => Math.Abs(x) < 1e-5 ? x + (x * x / 2) : Math.Exp(x) - 1;
}
