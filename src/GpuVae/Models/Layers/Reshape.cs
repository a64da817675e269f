using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The same numbers as an example of another shape: a row of numbers as a map before a convolution. By itself it copies, since a
/// layer's output is memory of its own; in a <see cref="Sequential"/> it costs nothing.
/// </summary>
/// <param name="shape">(H, W, C).</param>
public sealed class Reshape(Shape shape) : ILayer
{
    private IDevice? _device;

    /// <summary>What comes out.</summary>
    public Shape Shape => shape;

    /// <inheritdoc/>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        return input.Size == shape.Size
            ? shape
            : throw new UserException($"{shape}: {input.Size} numbers are no map of {shape.Height}×{shape.Width}×{shape.Channels}");
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output) =>
        _device!.Run(new ApplyEpilogue(input, epilogue, output));

    /// <inheritdoc/>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        if (!inputGradient.IsEmpty)
            _device!.Run(new ApplyEpilogue(outputGradient, epilogue, inputGradient));
    }
}
