using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Dropout (Srivastava and others 2014), as <c>torch.nn.Dropout</c> has it: in training each number is left out with probability p
/// and the others are divided by 1 − p; at use x goes through as it is. What is left out is a function of the seed, of the step and
/// of the layer's place among the model's layers of dropout; nothing is kept of it for the way back.
/// </summary>
/// <param name="probability">p, from 0 to below 1.</param>
public sealed class Dropout(double probability) : ILayer
{
    private readonly float _probability = probability is >= 0 and < 1 && (float)probability < 1f
        ? (float)probability
        : throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability of dropout is from 0 to below 1.");

    private IDevice? _device;
    private RandomPurpose _purpose;
    private PassContext _last;

    /// <summary>p.</summary>
    public double Probability => probability;

    /// <inheritdoc/>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        _purpose = builder.NextDropout();
        return input;
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        _last = context;
        Apply(input, LayerEpilogue.Fused(epilogue), output);
        _device!.ApplyUnfused(epilogue, output);
    }

    /// <summary>∂x = ∂y ⊙ m / (1 − p) with the mask m of the forward pass, drawn again.</summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        if (!inputGradient.IsEmpty)
            Apply(outputGradient, epilogue, inputGradient);
    }

    private void Apply(View<float> x, in Epilogue epilogue, View<float> y)
    {
        if (_last.IsTraining && _probability > 0)
        {
            RandomSource noise = (_last.Noise with { Purpose = _purpose }).From((long)_last.FirstRow * x.Columns);
            _device!.Run(new ApplyDropout(x, _last.Counters, _probability, noise, epilogue, y));
        }
        else
        {
            _device!.Run(new ApplyEpilogue(x, epilogue, y));
        }
    }
}
