using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// A likelihood with a scale e^λ, the same for every number of an image, a parameter or a constant. Both give the loss and its
/// gradient at that scale from those at scale 1, so that neither is looked at by the host; see <see cref="ScaleLikelihood"/>.
/// </summary>
public abstract class ScaledLikelihood : ILikelihood
{
    private readonly float _power;
    private readonly ScaleSettings _settings;
    private readonly LikelihoodScale _scale;
    private IDevice? _device;
    private int _dimensions;

    /// <summary>Sets the scale.</summary>
    /// <param name="power">p: 2 where the loss has the square of a difference, 1 where it has its size.</param>
    /// <param name="settings">e^λ, or where it starts, and whether it is learned.</param>
    private protected ScaledLikelihood(float power, ScaleSettings settings)
    {
        _power = power;
        _settings = settings;
        _scale = new LikelihoodScale(settings);
    }

    /// <inheritdoc/>
    public abstract Likelihood NegativeLogLikelihood { get; }

    /// <inheritdoc/>
    public Activation Mean => Activation.Identity;

    /// <inheritdoc/>
    public bool IsMeanAnActivation => true;

    /// <summary>Whether the scale is other than 1, or may become so.</summary>
    public bool HasScale => _settings is not { Scale: 1, IsLearned: false };

    /// <inheritdoc/>
    public void Build(Shape output, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        _dimensions = output.Size;
        if (HasScale)
            _scale.Build(builder);
    }

    /// <inheritdoc/>
    public void Adjust(View<float> target, float gradientScale, View<float> loss, View<float> outputGradient)
    {
        if (HasScale)
            _device!.Run(new ScaleLikelihood(_scale.Log, _power, loss, outputGradient));
    }

    /// <inheritdoc/>
    public void Backward(View<float> loss, View<float> weights, float weight)
    {
        if (_scale.Learned is Parameter learned)
        {
            _device!.Run(new LogScaleGradient(
                learned.Value, _power, _dimensions, loss, weights, weight, learned.Gradient));
        }
    }

    /// <inheritdoc/>
    public abstract double Constant(int dimensions);

    /// <inheritdoc/>
    public View<float> LogScale => HasScale ? _scale.Log : default;

    /// <summary>(|xⱼ − x̂ⱼ| e^−λ)ᵖ / p.</summary>
    /// <inheritdoc/>
    public bool ColumnLosses(ReadOnlySpan<float> target, ReadOnlySpan<float> outputs, double logScale, Span<double> losses)
    {
        double inverse = logScale == 0 ? 1 : Math.Exp(-logScale);
        bool isSquare = _power == 2;
        for (int i = 0; i < losses.Length; i++)
        {
            double difference = Math.Abs((double)target[i] - outputs[i]) * inverse;
            losses[i] = isSquare ? 0.5 * difference * difference : difference;
        }
        return true;
    }

    /// <summary>The outputs are the picture.</summary>
    public double OutputOfMean(double mean, int column) => mean;
}

/// <summary>
/// p(x | z) = N(x̂, σ²I): −log p = ½ Σ ((x − x̂)/σ)² + D log σ + D/2 · log 2π (Kingma and Welling 2014, appendix C.2). To
/// minimise it at a fixed σ is to minimise the squared error; a learned σ is one number, shared by all pixels.
/// </summary>
/// <param name="settings">σ; 1 if not given.</param>
public sealed class GaussianLikelihood(ScaleSettings? settings = null)
    : ScaledLikelihood(power: 2, settings ?? new ScaleSettings())
{
    /// <inheritdoc/>
    public override Likelihood NegativeLogLikelihood => Likelihood.Gaussian;

    /// <inheritdoc/>
    public override double Constant(int dimensions) => 0.5 * dimensions * Math.Log(2 * Math.PI);
}

/// <summary>
/// Each pixel has a Laplace distribution about x̂: −log p = Σ |x − x̂|/b + D log 2b. To minimise it at a fixed b is to
/// minimise the absolute error; a learned b is one number, shared by all pixels.
/// </summary>
/// <param name="settings">b; 1 if not given.</param>
public sealed class LaplaceLikelihood(ScaleSettings? settings = null)
    : ScaledLikelihood(power: 1, settings ?? new ScaleSettings())
{
    /// <inheritdoc/>
    public override Likelihood NegativeLogLikelihood => Likelihood.Laplace;

    /// <inheritdoc/>
    public override double Constant(int dimensions) => dimensions * Math.Log(2);
}
