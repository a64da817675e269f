using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Each number is a byte k = 0 … 255, seen as k/255, and has a beta-binomial distribution of its own with the mean 255 σ(ℓ) and the
/// concentration eˢ, both given by the decoder (Townsend, Bird and Barber 2019); see <see cref="BetaBinomial"/>. No density but the
/// probability of the image as it lies in its file, so that nats divided by D log 2 are bits per dimension.
/// </summary>
public sealed class BetaBinomialLikelihood : ILikelihood
{
    private const int Trials = BetaBinomial.Trials;

    private const double HalfLogTwoPi = 0.91893853320467274;

    private static readonly double[] _logChoices = [.. Enumerable.Range(0, Trials + 1).Select(LogChoose)];

    // log P of each byte at the outputs that suit it best, a handful of kilobytes that detectors ask for.
    private static readonly Lazy<double[]> _least = new(() => [.. Enumerable.Range(0, Trials + 1).Select(Least)]);

    private IDevice? _device;
    private Shape _image;
    private View<float> _deviceLogChoices; // (1, 256)
    private View<float> _means; // (draws, D)

    /// <summary>None: the outputs are kept, and <see cref="Adjust"/> makes all of them.</summary>
    public Likelihood? NegativeLogLikelihood => null;

    /// <summary>σ, of the first parameter.</summary>
    public Activation Mean => Activation.Sigmoid;

    /// <summary>ℓ and s.</summary>
    public int ParametersPerNumber => 2;

    /// <inheritdoc/>
    public bool IsOfBytes => true;

    /// <summary>−log P of a byte in nats, in double precision.</summary>
    /// <param name="k">The byte.</param>
    /// <param name="logit">ℓ.</param>
    /// <param name="logConcentration">s.</param>
    public static double Loss(int k, double logit, double logConcentration)
    {
        double concentration = Math.Exp(
            Math.Clamp(logConcentration, -BetaBinomial.MostLogConcentration, BetaBinomial.MostLogConcentration));
        double e = Math.Exp(-Math.Clamp(logit, -BetaBinomial.MostLogit, BetaBinomial.MostLogit)), p = 1 / (1 + e);
        double alpha = concentration * p, beta = concentration * e * p;
        return LogGamma(concentration + Trials) - LogGamma(concentration) - (LogGamma(alpha + k) - LogGamma(alpha))
            - (LogGamma(beta + Trials - k) - LogGamma(beta)) - _logChoices[k];
    }

    /// <inheritdoc/>
    public void Build(Shape output, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        _image = output;
        _deviceLogChoices = builder.Allocate(1, Trials + 1);
        _device.Upload<float>(BetaBinomial.MakeLogChoices(), _deviceLogChoices);
        _means = builder.Allocate(builder.Rows, output.Size);
    }

    /// <inheritdoc/>
    public void Adjust(View<float> target, float gradientScale, View<float> loss, View<float> outputGradient) =>
        _device!.Run(new BetaBinomial(target, _deviceLogChoices, _image.Channels, gradientScale, loss, outputGradient));

    /// <summary>The first parameter of each number, which <see cref="Mean"/> has made a mean.</summary>
    /// <inheritdoc/>
    public View<float> ToMeans(View<float> outputs)
    {
        View<float> means = _means.RowRange(0, outputs.Rows);
        int pixels = outputs.Rows * _image.Height * _image.Width;
        _device!.Run(new CopyColumns(
            outputs.Reshape(pixels, 2 * _image.Channels), 0, _image.Channels, means.Reshape(pixels, _image.Channels), 0));
        return means;
    }

    /// <summary>−log P less the least that any outputs reach for the byte: that of the binomial end, at the mean that is the byte.</summary>
    /// <inheritdoc/>
    public bool ColumnLosses(ReadOnlySpan<float> target, ReadOnlySpan<float> outputs, double logScale, Span<double> losses)
    {
        int channels = _image.Channels;
        for (int i = 0; i < losses.Length; i++)
        {
            int k = (int)Math.Clamp(Math.Round((double)Trials * target[i]), 0, Trials), place = i + (i / channels * channels);
            losses[i] = Math.Max(Loss(k, outputs[place], outputs[place + channels]) - _least.Value[k], 0);
        }
        return true;
    }

    /// <summary>What the bytes cost at the outputs that suit them best: 0 for black and white, most for grey.</summary>
    /// <inheritdoc/>
    public double TargetLoss(ReadOnlySpan<float> target)
    {
        double sum = 0;
        foreach (float x in target)
            sum += _least.Value[(int)Math.Clamp(Math.Round((double)Trials * x), 0, Trials)];
        return sum;
    }

    /// <summary>Nothing: the loss is whole.</summary>
    /// <inheritdoc/>
    public double Constant(int dimensions) => 0;

    /// <summary>The logit of the mean, which is clipped to [0.001, 0.999].</summary>
    /// <inheritdoc/>
    public double OutputOfMean(double mean, int column)
    {
        double clipped = Math.Clamp(mean, 1e-3, 1 - 1e-3);
        return Math.Log(clipped / (1 - clipped));
    }

    /// <summary>−log P of a byte where its mean is the byte and the concentration as large as it may be.</summary>
    internal static double Least(int k) =>
        Loss(k, Math.Log(k / (double)(Trials - k)), BetaBinomial.MostLogConcentration);

    /// <summary>log C(255, k).</summary>
    private static double LogChoose(int k) => LogGamma(Trials + 1) - LogGamma(k + 1) - LogGamma(Trials + 1 - k);

    /// <summary>log Γ(x) for x &gt; 0: Stirling's series at x + 8, less log x (x + 1) … (x + 7); within some units of double precision.</summary>
    private static double LogGamma(double x)
    {
        double product = x * (x + 1) * (x + 2) * (x + 3) * (x + 4) * (x + 5) * (x + 6) * (x + 7);
        double y = x + 8, inverse = 1 / y, square = inverse * inverse;
        double series = (((((((square / 1188) - (1.0 / 1680)) * square) + (1.0 / 1260)) * square) - (1.0 / 360)) * square) + (1.0 / 12);
        return ((y - 0.5) * Math.Log(y)) - y + HalfLogTwoPi + (series * inverse) - Math.Log(product);
    }
}
