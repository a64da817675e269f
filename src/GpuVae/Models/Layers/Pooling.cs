using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Each window of k·k pixels of a map (H, W, C) becomes its largest numbers, channel by channel: a map (H′, W′, C) with
/// H′ = ⌊(H − k) / stride⌋ + 1, as <c>torch.nn.MaxPool2d</c> has it; see <see cref="MaxWindows"/>.
/// </summary>
/// <param name="kernel">k, the side of a window.</param>
/// <param name="stride">From a window to the next, in pixels; null for k, so that windows lie side by side.</param>
public sealed class MaxPool(int kernel, int? stride = null) : ILayer
{
    private IDevice? _device;

    /// <summary>The maps that it joins: the small one comes out.</summary>
    public ConvolutionGeometry Geometry { get; private set; }

    /// <inheritdoc/>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        Geometry = PoolingGeometry.Of("max pool", input, kernel, stride ?? kernel);
        return Geometry.Small;
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        _device!.Run(new MaxWindows(Geometry, input, LayerEpilogue.Fused(epilogue), output));
        _device.ApplyUnfused(epilogue, output);
    }

    /// <summary>∂x: each number of G goes to the first largest of its window.</summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        if (!inputGradient.IsEmpty)
            _device!.Run(new MaxWindowsGradient(Geometry, input, outputGradient, epilogue, inputGradient));
    }
}

/// <summary>
/// Each window of k·k pixels of a map (H, W, C) becomes its mean, channel by channel: a map (H′, W′, C) with
/// H′ = ⌊(H − k) / stride⌋ + 1, as <c>torch.nn.AvgPool2d</c> has it; see <see cref="SumWindows"/>.
/// </summary>
/// <param name="kernel">k, the side of a window.</param>
/// <param name="stride">From a window to the next, in pixels; null for k, so that windows lie side by side.</param>
public sealed class AveragePool(int kernel, int? stride = null) : ILayer
{
    private IDevice? _device;

    /// <summary>The maps that it joins: the small one comes out.</summary>
    public ConvolutionGeometry Geometry { get; private set; }

    private float Scale => 1f / (kernel * kernel);

    /// <inheritdoc/>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        Geometry = PoolingGeometry.Of("average pool", input, kernel, stride ?? kernel);
        return Geometry.Small;
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        _device!.Run(new SumWindows(Geometry, false, Scale, input, LayerEpilogue.Fused(epilogue), output));
        _device.ApplyUnfused(epilogue, output);
    }

    /// <summary>∂x = G / k², over all windows that a pixel is in.</summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        if (!inputGradient.IsEmpty)
            _device!.Run(new SpreadWindows(Geometry, false, Scale, outputGradient, epilogue, inputGradient));
    }
}

/// <summary>What pooling and its mirror image have alike.</summary>
internal static class PoolingGeometry
{
    /// <summary>The maps that a pooling layer joins.</summary>
    /// <exception cref="UserException">The map is smaller than a window.</exception>
    public static ConvolutionGeometry Of(string name, Shape input, int kernel, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(kernel, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        if (input.Height < kernel || input.Width < kernel)
        {
            throw new UserException(
                $"{name} {kernel}/{stride}: a map of {input.Height}×{input.Width} is smaller than a window of {kernel}×{kernel}; "
                + "take a smaller window, fewer layers that shrink the map, or a larger --image-size");
        }
        var small = new Shape(
            ConvolutionGeometry.SmallSide(input.Height, kernel, stride, 0),
            ConvolutionGeometry.SmallSide(input.Width, kernel, stride, 0), input.Channels);
        return new ConvolutionGeometry(input, small, kernel, stride, 0, 0);
    }
}
