using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Compression;

/// <summary>
/// Bytes with beta-binomial distributions whose ℓ and s the decoder gives (<see cref="BetaBinomial"/>). Probabilities of neighbours have
/// the ratio P(k + 1)/P(k) = (n − k)(k + α)/((k + 1)(n − k − 1 + β)), so that all of them come from + − × ÷ alone.
/// </summary>
/// <param name="channels">C: of a pixel's outputs, C numbers ℓ come first, then C numbers s.</param>
internal sealed class BetaBinomialPixels(int channels) : IPixelModel
{
    private const int Trials = BetaBinomial.Trials;
    private const uint Slots = 1u << 24;

    // As in LatentBuckets: rounding may take one slot of a byte, and one is left.
    private const uint Slack = 2;

    // P(k)/P(0) is brought back by a power of two, which rounds nothing, before it can overflow; a step multiplies by less than 2⁶⁰.
    private const double Large = 1.3407807929942597e154; // 2⁵¹²
    private const double InverseLarge = 1 / Large;

    /// <inheritdoc/>
    public int Symbols => Trials + 1;

    /// <inheritdoc/>
    public int Bits => 24;

    /// <inheritdoc/>
    public float Value(int symbol) => symbol / 255f;

    /// <inheritdoc/>
    public int SymbolOf(float value) => PixelBytes.IsByte(value) ? PixelBytes.Of(value) : -1;

    /// <inheritdoc/>
    public SymbolInterval IntervalOf(ReadOnlySpan<float> outputs, int pixel, int symbol)
    {
        Span<double> below = stackalloc double[Trials + 2];
        Cumulate(outputs, pixel, below);
        return Interval(below, symbol);
    }

    /// <inheritdoc/>
    public SymbolInterval Find(ReadOnlySpan<float> outputs, int pixel, uint slot, out int symbol)
    {
        Span<double> below = stackalloc double[Trials + 2];
        Cumulate(outputs, pixel, below);
        int low = 0, high = Symbols;
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            if (Start(below, middle) <= slot)
                low = middle;
            else
                high = middle;
        }
        symbol = low;
        return Interval(below, symbol);
    }

    /// <inheritdoc/>
    public double Cost(ReadOnlySpan<float> outputs, int pixel, int symbol)
    {
        (float logit, float logConcentration) = Parameters(outputs, pixel);
        return BetaBinomialLikelihood.Loss(symbol, logit, logConcentration);
    }

    private (float Logit, float LogConcentration) Parameters(ReadOnlySpan<float> outputs, int pixel)
    {
        int place = pixel + (pixel / channels * channels);
        return (Number(outputs[place]), Number(outputs[place + channels]));

        static float Number(float value) => float.IsNaN(value) ? 0 : value;
    }

    private static SymbolInterval Interval(ReadOnlySpan<double> below, int symbol)
    {
        uint start = Start(below, symbol);
        return new SymbolInterval(start, Start(below, symbol + 1) - start);
    }

    /// <summary>Slots of the bytes below one.</summary>
    private static uint Start(ReadOnlySpan<double> below, int symbol) =>
        (uint)(below[symbol] / below[^1] * (Slots - ((Trials + 1) * Slack))) + ((uint)symbol * Slack);

    /// <summary>The sums of P(0) … P(k − 1) for k = 0 … 256, all times one number.</summary>
    private void Cumulate(ReadOnlySpan<float> outputs, int pixel, Span<double> below)
    {
        (double logit, double logConcentration) = Parameters(outputs, pixel);
        logit = Math.Clamp(logit, -BetaBinomial.MostLogit, BetaBinomial.MostLogit);
        double concentration = CanonicalMath.Exp(
            Math.Clamp(logConcentration, -BetaBinomial.MostLogConcentration, BetaBinomial.MostLogConcentration));
        double alpha = concentration * CanonicalMath.Sigmoid(logit), beta = concentration * CanonicalMath.Sigmoid(-logit);
        double term = 1, sum = 1;
        below[0] = 0;
        below[1] = 1;
        for (int k = 0; k < Trials; k++)
        {
            term *= (Trials - k) * (k + alpha) / ((k + 1) * (Trials - k - 1 + beta));
            sum += term;
            below[k + 2] = sum;
            if (sum <= Large)
                continue;
            term *= InverseLarge;
            sum *= InverseLarge;
            for (int i = 0; i <= k + 2; i++)
                below[i] *= InverseLarge;
        }
    }
}
