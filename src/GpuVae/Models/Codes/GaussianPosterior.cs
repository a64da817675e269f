using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The variational autoencoder's code: the head is a normal posterior q(z | x) = N(μ, LLᵀ), and z = μ + Lε with ε ~ N(0, I)
/// (Kingma and Welling 2014, section 2.4). With <see cref="Covariance.Diagonal"/> the head is (μ, log σ²) and L = diag σ;
/// with <see cref="Covariance.Full"/> units may depend on each other (Kingma and Welling 2019, section 2.5.1), and the head
/// is μ, d = log Lⱼⱼ and the entries below the diagonal row by row.
/// </summary>
/// <param name="settings">k.</param>
/// <param name="covariance">What L is made of.</param>
/// <exception cref="UserException">The head would have more columns than a matrix can.</exception>
public sealed class GaussianPosterior(CodeSettings settings, Covariance covariance) : IPosteriorCode
{
    private IDevice? _device;
    private View<float> _epsilon;      // (rows, k)
    private View<float> _z;            // (rows, k)
    private View<float> _headGradient; // (images, head width)

    /// <inheritdoc/>
    public int Units => settings.Units;

    /// <summary>2k, and k(k − 1)/2 more for a full covariance.</summary>
    public int HeadWidth { get; } = WidthOf(settings.Units, covariance);

    /// <inheritdoc/>
    public Covariance Covariance => covariance;

    /// <summary>KL.</summary>
    public IReadOnlyList<LossTerm> Terms { get; } = [LossTerm.Divergence];

    /// <inheritdoc/>
    public void Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        _epsilon = builder.Allocate(builder.Rows, Units);
        _z = builder.Allocate(builder.Rows, Units);
        _headGradient = builder.Allocate(builder.Images, HeadWidth);
    }

    /// <inheritdoc/>
    public View<float> Forward(View<float> head, in CodeDraws draws, int count, View<float> terms)
    {
        View<float> z = _z.RowRange(0, head.Rows * count);
        _device!.Run(new SampleGaussian(
            covariance, head, draws.Counters, draws.Noise.From((long)draws.FirstRow * count * Units), _epsilon.RowRange(0, z.Rows), z, terms));
        return z;
    }

    /// <inheritdoc/>
    public View<float> Backward(View<float> head, View<float> zGradient, in CodeGradient gradient)
    {
        View<float> headGradient = _headGradient.RowRange(0, head.Rows);
        _device!.Run(new SampleGaussianGradient(
            covariance, head, _epsilon.RowRange(0, zGradient.Rows), zGradient, gradient.Schedule, gradient.Counters,
            gradient.Scale, gradient.Divergence, headGradient));
        return headGradient;
    }

    /// <inheritdoc/>
    public void LogWeights(View<float> head, View<float> z, View<float> reconstruction, View<float> logWeights) =>
        _device!.Run(new LogWeights(head, covariance, _epsilon.RowRange(0, z.Rows), z, reconstruction, logWeights));

    /// <inheritdoc/>
    public void UnitDivergence(View<float> head, View<float> divergence) =>
        _device!.Run(new UnitDivergence(head, covariance, divergence));

    private static int WidthOf(int units, Covariance covariance)
    {
        long width = (2L * units) + (covariance == Covariance.Full ? (long)units * (units - 1) / 2 : 0);
        return width <= int.MaxValue ? (int)width : throw new ModelTooLargeException(
            $"--latent {units}", $"the encoder would have {width} outputs, and {int.MaxValue} can be counted",
            (decimal)width * sizeof(float), "those of each example");
    }
}
