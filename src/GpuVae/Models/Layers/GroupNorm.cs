using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Group normalisation (Wu and He 2018), as <c>torch.nn.GroupNorm</c> has it: y = γ (x − μ) / √(σ² + ε) + β with the mean and the
/// variance of each image's numbers in each group of channels, γ and β of the channel. <c>weight</c> γ starts at 1 and <c>bias</c> β
/// at 0. It is the same in training and at use, and an image's result does not depend on the others of the batch. One group is
/// layer normalisation over the whole image.
/// </summary>
/// <param name="groups">Groups that the channels are divided in, neighbours together.</param>
/// <param name="epsilon">ε, above 0.</param>
public sealed class GroupNorm(int groups, double epsilon = 1e-5) : IRepeatableLayer
{
    private readonly int _groups = groups >= 1
        ? groups
        : throw new ArgumentOutOfRangeException(nameof(groups), groups, "There is at least one group.");

    private readonly float _epsilon = epsilon > 0
        ? (float)epsilon
        : throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "ε is above 0.");

    private IDevice? _device;
    private int _channels;
    private Parameter? _weight;
    private Parameter? _bias;
    private View<float> _mean;           // (rows, G)
    private View<float> _variance;       // (rows, G)
    private View<float> _weightGradient; // (rows, C) of each image
    private View<float> _biasGradient;   // (rows, C)

    /// <summary>γ (C).</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public Parameter Weight => _weight ?? throw LayerBuilder.NotBuilt();

    /// <summary>β (C).</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public Parameter Bias => _bias ?? throw LayerBuilder.NotBuilt();

    /// <summary>Groups that the channels are divided in.</summary>
    internal int Groups => _groups;

    /// <summary>ε.</summary>
    internal float Epsilon => _epsilon;

    /// <inheritdoc/>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _channels = input.Channels;
        if (_channels % _groups != 0)
        {
            throw new UserException(
                $"{builder.Name}: group norm divides {_channels} channels in no {_groups} equal groups; "
                + $"take a number of groups that {_channels} is a multiple of");
        }
        if (input.Size == _groups)
        {
            throw new UserException(
                $"{builder.Name}: group norm of {input} in {_groups} groups has one number in each, and no variance; "
                + "take fewer groups");
        }
        _device = builder.Device;
        _weight = builder.Parameter("weight", [_channels], fanIn: 1, fanOut: 1, start: 1);
        _bias = builder.Parameter("bias", [_channels], fanIn: 1, fanOut: 1, start: 0);
        _mean = builder.Allocate(builder.Rows, _groups);
        _variance = builder.Allocate(builder.Rows, _groups);
        _weightGradient = builder.Allocate(builder.Rows, _channels);
        _biasGradient = builder.Allocate(builder.Rows, _channels);
        return input;
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        View<float> mean = _mean.RowRange(0, input.Rows), variance = _variance.RowRange(0, input.Rows);
        _device!.Run(new Moments(Maps.Pixels(input, _channels), mean, variance));
        ((IRepeatableLayer)this).Repeat(input, epilogue, output);
    }

    /// <inheritdoc/>
    void IRepeatableLayer.Repeat(View<float> input, in Epilogue epilogue, View<float> output)
    {
        View<float> mean = _mean.RowRange(0, input.Rows), variance = _variance.RowRange(0, input.Rows);
        _device!.Run(new Normalize(input, mean, variance, _epsilon, Weight.Value, Bias.Value, LayerEpilogue.Fused(epilogue), output));
        _device.ApplyUnfused(epilogue, output);
    }

    /// <summary>
    /// ∂γ and ∂β of each image, and their sums over the batch; ∂x of <see cref="NormalizeGradient"/>.
    /// </summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        View<float> mean = _mean.RowRange(0, input.Rows), variance = _variance.RowRange(0, input.Rows);
        View<float> weights = _weightGradient.RowRange(0, input.Rows), biases = _biasGradient.RowRange(0, input.Rows);
        _device!.Run(new NormalizeParameterGradient(input, mean, variance, _epsilon, outputGradient, weights, biases));
        _device.Run(new SumColumns(weights, Weight.Gradient));
        _device.Run(new SumColumns(biases, Bias.Gradient));
        if (inputGradient.IsEmpty)
            return;
        _device.Run(new NormalizeGradient(
            input, mean, variance, _epsilon, Weight.Value, weights, biases, outputGradient, epilogue, inputGradient));
    }
}
