using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Each number is a byte k = 0 … 255, seen as k/255, and has the probability that a logistic distribution about the decoder's
/// output μ gives to what is nearer to it than to any other byte, the first and the last byte having the tails (Kingma
/// et al. 2016;
/// Salimans et al. 2017); see <see cref="DiscretizedLogistic"/>. No density but the probability of the image as it lies
/// in its file, so
/// that nats divided by D log 2 are bits per dimension.
/// </summary>
/// <param name="settings">
/// The scale s in units of black to white, the same for all pixels; learned from <see cref="LearnedStart"/> on if not given.
/// </param>
public sealed class DiscretizedLogisticLikelihood(ScaleSettings? settings = null) : ILikelihood
{
    /// <summary>
    /// Where a scale that is learned starts if nobody says: pictures of trained models are some hundredths away from
    /// their images, and
    /// Adam needs thousands of steps from 1 to there.
    /// </summary>
    public const double LearnedStart = 0.1;

    private static readonly Activation _clamp = Activation.Of<UnitInterval>("clamp", "x within 0 … 1");

    private readonly LikelihoodScale _scale = new(settings ?? new ScaleSettings(LearnedStart, IsLearned: true));
    private IDevice? _device;
    private View<float> _logScaleGradient; // (1, draws): ∂loss/∂λ of each draw

    /// <summary>None: the outputs are kept, and <see cref="Adjust"/> makes all of them.</summary>
    public Likelihood? NegativeLogLikelihood => null;

    /// <summary>μ, the most probable byte but for rounding, within 0 … 1.</summary>
    public Activation Mean => _clamp;

    /// <inheritdoc/>
    public bool IsMeanAnActivation => true;

    /// <inheritdoc/>
    public bool IsOfBytes => true;

    /// <inheritdoc/>
    public void Build(Shape output, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        _scale.Build(builder);
        _logScaleGradient = builder.Allocate(1, builder.Rows);
    }

    /// <inheritdoc/>
    public void Adjust(View<float> target, float gradientScale, View<float> loss, View<float> outputGradient) =>
        _device!.Run(new DiscretizedLogistic(
            target, _scale.Log, gradientScale, loss, LogScaleGradients(loss.Columns), outputGradient));

    /// <summary>Σᵣ wᵣ · ∂loss[r]/∂λ, which is what <see cref="LogScaleGradient"/> makes of D = 0 and p = −1.</summary>
    /// <inheritdoc/>
    public void Backward(View<float> loss, View<float> weights, float weight)
    {
        if (_scale.Learned is Parameter learned)
        {
            _device!.Run(new LogScaleGradient(
                learned.Value, Power: -1, Dimensions: 0, LogScaleGradients(loss.Columns), weights, weight, learned.Gradient));
        }
    }

    /// <inheritdoc/>
    public View<float> LogScale => _scale.Log;

    /// <summary>
    /// With δ = 1/(255 s) a byte inside has −log P = log(1 + e⁻ᵃ) + log(1 + eᵇ) − log(1 − e^−δ), least at μ = x where a
    /// = −b = δ/2;
    /// 0 and 255 have one of the terms, which can come as near to 0 as may be (<see cref="DiscretizedLogistic"/>).
    /// </summary>
    /// <inheritdoc/>
    public bool ColumnLosses(ReadOnlySpan<float> target, ReadOnlySpan<float> outputs, double logScale, Span<double> losses)
    {
        double inverse = Math.Exp(-logScale), half = inverse / 510, least = 2 * SoftPlus(-half);
        for (int i = 0; i < losses.Length; i++)
        {
            double k = Math.Round(255.0 * target[i]), difference = ((k / 255) - outputs[i]) * inverse;
            losses[i] = k <= 0 ? SoftPlus(-(difference + half))
                : k >= 255 ? SoftPlus(difference - half)
                : Math.Max(SoftPlus(-(difference + half)) + SoftPlus(difference - half) - least, 0);
        }
        return true;
    }

    /// <summary>Nothing: the loss is whole.</summary>
    /// <inheritdoc/>
    public double Constant(int dimensions) => 0;

    /// <summary>The outputs are the picture.</summary>
    public double OutputOfMean(double mean, int column) => mean;

    private View<float> LogScaleGradients(int rows) => new(_logScaleGradient.Buffer, _logScaleGradient.Offset, 1, rows);

    /// <summary>log(1 + eˣ).</summary>
    private static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    /// <summary>min(max(x, 0), 1), where what is not a number stays what it is.</summary>
    private readonly struct UnitInterval : IActivationFunction
    {
        public static float Apply(float x) => x < 0f ? 0f : x > 1f ? 1f : x;

        public static float Derivative(float y) => y > 0f && y < 1f ? 1f : 0f;
    }
}
