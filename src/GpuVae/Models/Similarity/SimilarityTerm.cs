using System.Globalization;
using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>What a <see cref="SimilarityTerm"/> is made with.</summary>
/// <param name="Weight">W, above 0.</param>
/// <param name="Scales">Most scales; 1 for plain SSIM.</param>
public sealed record SimilaritySettings(double Weight, int Scales = 1);

/// <summary>
/// A term of the loss beside −log p(x | z): W · D · DSSIM(x, x̂), where x̂ = E[x | z] is the decoder's picture and
/// DSSIM = (1 − SSIM) / 2, from 0 for equal pictures to 1. It has no part in p(x | z), and a loss with it bounds nothing.
/// </summary>
/// <remarks>
/// <para>
/// SSIM is that of Wang, Bovik, Sheikh and Simoncelli (2004): windows of 11 × 11 pixels with a Gaussian of σ = 1.5, K₁ = 0.01,
/// K₂ = 0.03 and L = 1, each channel by itself, the mean over pixels and channels. The windows of pixels near the border hold
/// zeros for what lies outside, so that every pixel has one.
/// </para>
/// <para>
/// With M scales it is that of Wang, Simoncelli and Bovik (2003): Π c_m^w_m over the scales but the last and (l·c)_M^w_M, where
/// each factor is the mean over a scale's pixels and channels, and a scale has the means of 2 × 2 pixels of the one before (an odd
/// last row or column is left out). The weights 0.0448, 0.2856, 0.3001, 0.2363 and 0.1333 of the scales that there are are divided
/// by their sum. A mean below <see cref="Floor"/> counts as that and has no gradient, since powers of negative numbers are none.
/// </para>
/// </remarks>
public sealed class SimilarityTerm
{
    /// <summary>Scales that multi-scale similarity knows weights of.</summary>
    public const int MostScales = 5;

    /// <summary>Pixels of a window's side, and of the side of the smallest scale beside the first.</summary>
    public const int Window = (2 * GaussianFilter.Reach) + 1;

    /// <summary>The least mean of a scale, where there are several.</summary>
    public const float Floor = 1e-3f;

    private static readonly double[] _weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

    private readonly SimilaritySettings _settings;
    private readonly int _dimensions;
    private readonly SimilarityScale[] _scales;
    private IDevice? _device;
    private Activation _mean = Activation.Identity;
    private View<float> _outputs;     // (draws, D), where the derivative of the mean needs them
    private View<float> _means;       // (1, draws) of each scale: (M, draws)
    private View<float> _derivatives; // (M, draws): ∂SSIM/∂mean of each scale
    private View<float> _exponents;   // (1, M)
    private View<float> _factors;     // (1, draws)
    private int _rows;

    /// <summary>Chooses the scales.</summary>
    /// <param name="image">The shape of a picture.</param>
    /// <param name="settings">W and the most scales.</param>
    /// <exception cref="UserException">A row of numbers has no windows.</exception>
    public SimilarityTerm(Shape image, SimilaritySettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.Weight, nameof(settings));
        RequirePicture(image);
        _settings = settings;
        _dimensions = image.Size;
        _scales = new SimilarityScale[ScalesOf(image, settings.Scales)];
        for (int scale = 0; scale < _scales.Length; scale++)
        {
            var map = new Shape(image.Height >> scale, image.Width >> scale, image.Channels);
            _scales[scale] = new SimilarityScale(map, hasLuminance: scale == _scales.Length - 1);
        }
        Term = new LossTerm(Scales == 1 ? "ssim" : "ms_ssim", -settings.Weight * _dimensions / 2);
    }

    /// <summary>SSIM of each picture, whose weight in the loss is −W · D / 2: <c>ssim</c>, or <c>ms_ssim</c> of several scales.</summary>
    public LossTerm Term { get; }

    /// <summary>W · D / 2, what the loss has beside the weighed SSIM: it has no gradient.</summary>
    public double Constant => _settings.Weight * _dimensions / 2;

    /// <summary>What a person is told of it.</summary>
    public string Description => string.Create(
        CultureInfo.InvariantCulture, $", plus {_settings.Weight} · {_dimensions} · DSSIM")
        + (Scales > 1 ? $" over {Scales} scales" : "")
        + (Scales < _settings.Scales
            ? $" (of {_settings.Scales} asked for: a smaller picture has no window of {Window} × {Window} pixels)"
            : "");

    /// <summary>M, the scales that the size of a picture allows.</summary>
    public int Scales => _scales.Length;

    /// <summary>The scales of a picture that have a window in each direction, but at least one.</summary>
    /// <param name="image">Its shape.</param>
    /// <param name="most">As many as were asked for.</param>
    public static int ScalesOf(Shape image, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, MostScales);
        int scales = 1;
        while (scales < most && Math.Min(image.Height, image.Width) >> scales >= Window)
            scales++;
        return scales;
    }

    /// <summary>What a person calls a term of that name; null of other terms.</summary>
    public static string? LabelOf(string name) => name switch
    {
        "ssim" => "SSIM",
        "ms_ssim" => "MS-SSIM",
        _ => null,
    };

    /// <summary>Refuses what has no rows and columns of pixels.</summary>
    /// <exception cref="UserException">A row of numbers has no windows.</exception>
    public static void RequirePicture(Shape image)
    {
        if (image.Height < 2 || image.Width < 2)
        {
            throw new UserException(
                $"--ssim: compares windows of pictures, and an example is {image.Height}×{image.Width} numbers; leave it out, or "
                + "take rows of pixels as images with --image-size");
        }
    }

    /// <summary>Takes memory.</summary>
    /// <param name="builder">Knows the largest batch of draws.</param>
    /// <param name="likelihood">Whose mean the picture is.</param>
    /// <exception cref="UserException">The likelihood's mean is more than an activation.</exception>
    public void Build(LayerBuilder builder, ILikelihood likelihood)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(likelihood);
        if (!likelihood.IsMeanAnActivation)
            throw new UserException("--ssim: the picture of this likelihood has no gradient that is known; take another --likelihood");
        _device = builder.Device;
        _mean = likelihood.Mean;
        foreach (SimilarityScale scale in _scales)
            scale.Build(builder, isFirst: scale == _scales[0]);
        _factors = builder.Allocate(1, builder.Rows);
        if (_mean.DerivativeNeedsInput)
            _outputs = builder.Allocate(builder.Rows, _dimensions);
        if (Scales == 1)
            return;
        _means = builder.Allocate(Scales, builder.Rows);
        _derivatives = builder.Allocate(Scales, builder.Rows);
        _exponents = builder.Allocate(1, Scales);
        double sum = _weights.Take(Scales).Sum();
        _device.Upload<float>([.. _weights.Take(Scales).Select(weight => (float)(weight / sum))], _exponents);
    }

    /// <summary>SSIM of each draw's picture.</summary>
    /// <param name="target">x (R, D).</param>
    /// <param name="outputs">The decoder's (R, D).</param>
    /// <param name="similarity">(1, R), to be filled.</param>
    public void Measure(View<float> target, View<float> outputs, View<float> similarity)
    {
        _rows = target.Rows;
        _device!.Run(new ApplyEpilogue(outputs, Epilogue.Activate(_mean), _scales[0].Picture(_rows)));
        if (_mean.DerivativeNeedsInput)
            _device.Run(new ApplyEpilogue(outputs, Epilogue.Store, _outputs.RowRange(0, _rows)));
        View<float> means = Scales == 1 ? similarity : Of(_means);
        for (int scale = 0; scale < Scales; scale++)
        {
            if (scale > 0)
                _scales[scale].Halve(_scales[scale - 1]);
            _scales[scale].Measure(scale > 0 ? _scales[scale].Target(_rows) : target, means.RowRange(scale, 1));
        }
        if (Scales > 1)
            _device.Run(new PowerProduct(means, _exponents, Floor, similarity, Of(_derivatives)));
    }

    /// <summary>Adds the term's gradient by the outputs that <see cref="Measure"/> saw.</summary>
    /// <param name="scale">The factor of ∂L.</param>
    /// <param name="outputGradient">(R, D), updated.</param>
    public void AddGradient(float scale, View<float> outputGradient)
    {
        View<float> gradient = default;
        for (int index = Scales - 1; index >= 0; index--)
        {
            View<float> finer = _scales[index].Gradient(Scales == 1 ? default : Of(_derivatives).RowRange(index, 1));
            if (index < Scales - 1)
                _scales[index].AddCoarser(_scales[index + 1], gradient, finer);
            gradient = finer;
        }
        View<float> saved = _mean.DerivativeNeedsInput ? _outputs.RowRange(0, _rows) : _scales[0].Picture(_rows);
        if (_mean != Activation.Identity)
            _device!.Run(new ApplyEpilogue(gradient, Epilogue.Derivative(saved, _mean), gradient));
        var factors = new View<float>(_factors.Buffer, _factors.Offset, 1, _rows);
        _device!.Run(new Fill((float)(Term.Weight!.Value * scale), factors));
        _device.Run(new AddScaledRows(factors, gradient, outputGradient));
    }

    /// <summary>A row for each scale, of as many numbers as there are pictures.</summary>
    private View<float> Of(View<float> rows) => new(rows.Buffer, rows.Offset, Scales, _rows);
}
