using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy 2015), as <c>torch.nn.BatchNorm2d</c> has it: y = γ (x − μ) / √(σ² + ε) + β with the mean
/// and the variance of each channel over the pixels of all images of the batch. <c>weight</c> γ starts at 1 and <c>bias</c> β at 0.
/// A row of numbers is a map of one pixel.
/// </summary>
/// <remarks>
/// Outside training the running estimates stand in for μ and σ², <c>running_mean</c> and <c>running_var</c>, which are saved with
/// the parameters and which a step of training moves: m ← (1 − momentum) · m + momentum · μ, and the same with the variance without
/// bias. A loss of training therefore depends on the other images of the batch; <see cref="GroupNorm"/> has none of this.
/// <para>
/// One number for each channel has no variance. Where maps have one pixel, batches of one image are refused before training
/// begins; for a last batch of an epoch that is a single image the running estimates stand in, and stay as they are.
/// </para>
/// </remarks>
/// <param name="momentum">The part of the new in the running estimates, from 0 to 1; Keras counts the part of the old.</param>
/// <param name="epsilon">ε, above 0.</param>
public sealed class BatchNorm(double momentum = 0.1, double epsilon = 1e-5) : IRepeatableLayer
{
    private readonly float _momentum = momentum is >= 0 and <= 1
        ? (float)momentum
        : throw new ArgumentOutOfRangeException(nameof(momentum), momentum, "A momentum is from 0 to 1.");

    private readonly float _epsilon = epsilon > 0
        ? (float)epsilon
        : throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "ε is above 0.");

    private IDevice? _device;
    private int _channels;
    private Parameter? _weight;
    private Parameter? _bias;
    private SavedState? _runningMean;
    private SavedState? _runningVariance;
    private View<float> _mean;     // (1, C) of the batch
    private View<float> _variance; // (1, C)
    private bool _isOfBatch;       // whether the last forward pass took the batch's moments

    /// <summary>γ (C).</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public Parameter Weight => _weight ?? throw LayerBuilder.NotBuilt();

    /// <summary>β (C).</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public Parameter Bias => _bias ?? throw LayerBuilder.NotBuilt();

    /// <summary>ε.</summary>
    internal float Epsilon => _epsilon;

    /// <summary>The running estimates of μ and σ² (C), which stand in for a batch's at use.</summary>
    internal (View<float> Mean, View<float> Variance) Running =>
        (_runningMean!.Value, _runningVariance!.Value);

    /// <inheritdoc/>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        _channels = input.Channels;
        _weight = builder.Parameter("weight", [_channels], fanIn: 1, fanOut: 1, start: 1);
        _bias = builder.Parameter("bias", [_channels], fanIn: 1, fanOut: 1, start: 0);
        _runningMean = builder.State("running_mean", [_channels], start: 0);
        _runningVariance = builder.State("running_var", [_channels], start: 1);
        if (input.Height * input.Width == 1)
        {
            builder.RequireTrainingBatch(
                2,
                $"{builder.Name}: batch norm of one image of one pixel has one number for each channel, and no variance; "
                + "take --batch 2 or more, and as many examples, or group norm");
        }
        _mean = builder.Allocate(1, _channels);
        _variance = builder.Allocate(1, _channels);
        return input;
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        View<float> pixels = Maps.Pixels(input, _channels);
        _isOfBatch = context.IsTraining && pixels.Rows > 1;
        if (_isOfBatch)
        {
            _device!.Run(new Moments(pixels, _mean, _variance));
            _device.Run(new MovingAverage(_mean, 1f, _momentum, _runningMean!.Value));
            float unbiased = (float)(pixels.Rows / (pixels.Rows - 1.0));
            _device.Run(new MovingAverage(_variance, unbiased, _momentum, _runningVariance!.Value));
        }
        ((IRepeatableLayer)this).Repeat(input, epilogue, output);
    }

    /// <inheritdoc/>
    void IRepeatableLayer.Repeat(View<float> input, in Epilogue epilogue, View<float> output)
    {
        (View<float> mean, View<float> variance) = LastMoments();
        _device!.Run(new Normalize(input, mean, variance, _epsilon, Weight.Value, Bias.Value, LayerEpilogue.Fused(epilogue), output));
        _device.ApplyUnfused(epilogue, output);
    }

    /// <summary>
    /// ∂γ, ∂β and ∂x of <see cref="NormalizeParameterGradient"/> and <see cref="NormalizeGradient"/>, through μ and σ² where the
    /// forward pass took the batch's; running estimates are constants.
    /// </summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        (View<float> mean, View<float> variance) = LastMoments();
        _device!.Run(new NormalizeParameterGradient(
            input, mean, variance, _epsilon, outputGradient, Weight.Gradient, Bias.Gradient));
        if (inputGradient.IsEmpty)
            return;
        _device.Run(new NormalizeGradient(
            input, mean, variance, _epsilon, Weight.Value, _isOfBatch ? Weight.Gradient : default,
            _isOfBatch ? Bias.Gradient : default, outputGradient, epilogue, inputGradient));
    }

    /// <summary>Those that the last forward pass normalised with.</summary>
    private (View<float> Mean, View<float> Variance) LastMoments() =>
        _isOfBatch ? (_mean, _variance) : (_runningMean!.Value, _runningVariance!.Value);
}
