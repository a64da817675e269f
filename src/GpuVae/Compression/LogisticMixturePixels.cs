using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Compression;

/// <summary>
/// Bytes with mixtures of discretised logistic distributions that the decoder gives (<see cref="LogisticMixture"/>): sums of
/// <see cref="LogisticPixels"/>' slots, before they are rounded.
/// </summary>
/// <param name="components">K.</param>
/// <param name="channels">C.</param>
internal sealed class LogisticMixturePixels(int components, int channels) : IPixelModel
{
    private const int Levels = 256;
    private const uint Slots = 1u << 24;

    // As in LatentBuckets: the rounding of a sum may take one slot of a byte, and one is left.
    private const uint Slack = 2;

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
        Span<double> parts = stackalloc double[3 * components];
        Read(outputs, pixel, parts);
        return Interval(parts, symbol);
    }

    /// <inheritdoc/>
    public SymbolInterval Find(ReadOnlySpan<float> outputs, int pixel, uint slot, out int symbol)
    {
        Span<double> parts = stackalloc double[3 * components];
        Read(outputs, pixel, parts);
        int low = 0, high = Levels;
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            if (Below(parts, middle) <= slot)
                low = middle;
            else
                high = middle;
        }
        symbol = low;
        return Interval(parts, symbol);
    }

    /// <inheritdoc/>
    public double Cost(ReadOnlySpan<float> outputs, int pixel, int symbol)
    {
        Span<double> parameters = stackalloc double[3 * components];
        for (int i = 0; i < parameters.Length; i++)
            parameters[i] = Output(outputs, pixel, i);
        return LogisticMixtureLikelihood.Loss(symbol, parameters);
    }

    /// <summary>Σⱼ πⱼ μⱼ, each μ within 0 … 1.</summary>
    /// <param name="outputs">The decoder's, of the whole example.</param>
    /// <param name="pixel">Which number.</param>
    public float Mean(ReadOnlySpan<float> outputs, int pixel)
    {
        Span<double> parts = stackalloc double[3 * components];
        Read(outputs, pixel, parts);
        double sum = 0;
        for (int j = 0; j < components; j++)
            sum += parts[j] * Math.Clamp(parts[components + j], 0, 1);
        return (float)sum;
    }

    /// <summary>π, μ and 1/s of the components.</summary>
    private void Read(ReadOnlySpan<float> outputs, int pixel, Span<double> parts)
    {
        double most = double.NegativeInfinity, sum = 0;
        for (int j = 0; j < components; j++)
            most = Math.Max(most, Output(outputs, pixel, components + j));
        for (int j = 0; j < components; j++)
        {
            sum += parts[j] = CanonicalMath.Exp(Output(outputs, pixel, components + j) - most);
            parts[components + j] = Output(outputs, pixel, j) + LogisticMixture.StartOf(j, components);
            double logScale = Math.Clamp(
                Output(outputs, pixel, (2 * components) + j) + LogisticMixture.StartLogScale, LogisticMixture.LeastLogScale, LogisticMixture.MostLogScale);
            parts[(2 * components) + j] = CanonicalMath.Exp(-logScale);
        }
        for (int j = 0; j < components; j++)
            parts[j] /= sum;
    }

    private SymbolInterval Interval(ReadOnlySpan<double> parts, int symbol)
    {
        uint start = Below(parts, symbol);
        return new SymbolInterval(start, Below(parts, symbol + 1) - start);
    }

    /// <summary>Slots of the bytes below one: each component's sum rises with the byte, and so does what they are rounded to.</summary>
    private uint Below(ReadOnlySpan<double> parts, int symbol)
    {
        double below = symbol == 0 ? 0 : symbol == Levels ? 1 : 0;
        for (int j = 0; symbol is > 0 and < Levels && j < components; j++)
            below += parts[j] * CanonicalMath.Sigmoid((((symbol - 0.5) / 255) - parts[components + j]) * parts[(2 * components) + j]);
        return (uint)(Math.Min(below, 1) * (Slots - (Levels * Slack))) + ((uint)symbol * Slack);
    }

    /// <summary>A parameter of a pixel, within what an exp takes; 0 where it is not a number.</summary>
    private double Output(ReadOnlySpan<float> outputs, int pixel, int parameter)
    {
        float value = outputs[(pixel / channels * channels * 3 * components) + (parameter * channels) + (pixel % channels)];
        return float.IsNaN(value) ? 0 : Math.Clamp(value, -1e30f, 1e30f);
    }
}
