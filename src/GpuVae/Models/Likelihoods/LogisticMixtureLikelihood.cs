using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Each number is a byte k = 0 … 255, seen as k/255, and has a mixture of discretised logistic distributions of its own, whose weights,
/// means and scales the decoder gives (Salimans et al. 2017); see <see cref="LogisticMixture"/>. It has several peaks where a pixel is
/// one thing or another. No density but the probability of the image as it lies in its file, so that nats divided by D log 2 are bits
/// per dimension.
/// </summary>
public sealed class LogisticMixtureLikelihood : ILikelihood
{
    /// <summary><see cref="Components"/> where nobody says.</summary>
    public const int DefaultComponents = 5;

    private IDevice? _device;
    private Shape _image;
    private View<float> _means; // (draws, D)

    /// <summary>Sets how many distributions are mixed.</summary>
    /// <param name="components">K, at most <see cref="LogisticMixture.MostComponents"/>.</param>
    public LogisticMixtureLikelihood(int components = DefaultComponents)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(components);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(components, LogisticMixture.MostComponents);
        Components = components;
    }

    /// <summary>K.</summary>
    public int Components { get; }

    /// <summary>None: the outputs are kept, and <see cref="Adjust"/> makes all of them.</summary>
    public Likelihood? NegativeLogLikelihood => null;

    /// <summary>Nothing: <see cref="ToMeans"/> does it all.</summary>
    public Activation Mean => Activation.Identity;

    /// <summary>m, ℓ and λ of each component.</summary>
    public int ParametersPerNumber => 3 * Components;

    /// <inheritdoc/>
    public bool IsOfBytes => true;

    /// <summary>−log P of a byte in nats, in double precision.</summary>
    /// <param name="k">The byte.</param>
    /// <param name="parameters">m, then ℓ, then λ of the components.</param>
    public static double Loss(int k, ReadOnlySpan<double> parameters)
    {
        int components = parameters.Length / 3;
        double most = double.NegativeInfinity, mostJoint = double.NegativeInfinity, weights = 0, sum = 0;
        Span<double> joints = stackalloc double[components];
        for (int j = 0; j < components; j++)
        {
            double logit = parameters[components + j];
            joints[j] = logit - ComponentLoss(k, parameters[j] + LogisticMixture.StartOf(j, components), parameters[(2 * components) + j]);
            (most, mostJoint) = (Math.Max(most, logit), Math.Max(mostJoint, joints[j]));
        }
        for (int j = 0; j < components; j++)
        {
            weights += Math.Exp(parameters[components + j] - most);
            sum += Math.Exp(joints[j] - mostJoint);
        }
        return most - mostJoint + Math.Log(weights / sum);
    }

    /// <inheritdoc/>
    public void Build(Shape output, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        _image = output;
        _means = builder.Allocate(builder.Rows, output.Size);
    }

    /// <inheritdoc/>
    public void Adjust(View<float> target, float gradientScale, View<float> loss, View<float> outputGradient) =>
        _device!.Run(new LogisticMixture(target, Components, _image.Channels, gradientScale, loss, outputGradient));

    /// <inheritdoc/>
    public View<float> ToMeans(View<float> outputs)
    {
        View<float> means = _means.RowRange(0, outputs.Rows);
        _device!.Run(new LogisticMixtureMean(outputs, Components, _image.Channels, means));
        return means;
    }

    /// <summary>−log P less the least that any outputs reach for the byte: that of one component about it, as narrow as there is one.</summary>
    /// <inheritdoc/>
    public bool ColumnLosses(ReadOnlySpan<float> target, ReadOnlySpan<float> outputs, double logScale, Span<double> losses)
    {
        int channels = _image.Channels;
        var parameters = new double[ParametersPerNumber];
        for (int i = 0; i < losses.Length; i++)
        {
            int place = (i / channels * channels * parameters.Length) + (i % channels);
            for (int parameter = 0; parameter < parameters.Length; parameter++)
                parameters[parameter] = outputs[place + (parameter * channels)];
            int k = ByteOf(target[i]);
            losses[i] = Math.Max(Loss(k, parameters) - Least(k), 0);
        }
        return true;
    }

    /// <summary>What the bytes cost at the outputs that suit them best: next to nothing.</summary>
    /// <inheritdoc/>
    public double TargetLoss(ReadOnlySpan<float> target)
    {
        double sum = 0;
        foreach (float x in target)
            sum += Least(ByteOf(x));
        return sum;
    }

    /// <summary>Nothing: the loss is whole.</summary>
    /// <inheritdoc/>
    public double Constant(int dimensions) => 0;

    /// <summary>0: outputs of 0 are a distribution over all bytes, whose mean is a half.</summary>
    /// <inheritdoc/>
    public double OutputOfMean(double mean, int column) => 0;

    /// <summary>−log P of a byte under the narrowest component that is about it; of black and white it may lie beyond them.</summary>
    internal static double Least(int k) => k is 0 or 255 ? 0 : ComponentLoss(k, k / 255.0, LogisticMixture.LeastLogScale - LogisticMixture.StartLogScale);

    private static int ByteOf(float x) => (int)Math.Clamp(Math.Round(255.0 * x), 0, 255);

    private static double ComponentLoss(int k, double mean, double output)
    {
        double logScale = Math.Clamp(output + LogisticMixture.StartLogScale, LogisticMixture.LeastLogScale, LogisticMixture.MostLogScale);
        double inverse = Math.Exp(-logScale), half = inverse / 510, difference = ((k / 255.0) - mean) * inverse;
        double loss = (k == 255 ? 0 : SoftPlus(-(difference + half))) + (k == 0 ? 0 : SoftPlus(difference - half));
        return k is 0 or 255 ? loss : loss - Math.Log(-ExpMinusOne(-2 * half));
    }

    /// <summary>log(1 + eˣ).</summary>
    private static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    private static double ExpMinusOne(double x) => Math.Abs(x) < 1e-5 ? x + (x * x / 2) : Math.Exp(x) - 1;
}
