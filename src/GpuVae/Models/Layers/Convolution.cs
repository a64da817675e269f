using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// y = w ∗ x + b: each window of k·k pixels of a map (H, W, C) becomes a pixel of a map (H′, W′, out), as
/// <c>torch.nn.Conv2d</c> has it; see <see cref="Convolve"/>. <c>weight</c> w is (out, k, k, in), in files
/// (out, in, k, k) as PyTorch has it, and <c>bias</c> b (out).
/// </summary>
/// <param name="outputs">out, channels of y.</param>
/// <param name="kernel">k, the side of a window.</param>
/// <param name="stride">From a window to the next, in pixels.</param>
/// <param name="padding">
/// Pixels of zeros on each side, as PyTorch counts them; null for as many as make H′ = ⌈H / stride⌉, the smaller half before
/// the map, which TensorFlow calls <c>same</c>.
/// </param>
public sealed class Convolution(int outputs, int kernel, int stride = 1, int? padding = null) : IBiasedLayer
{
    private IDevice? _device;
    private Parameter? _weight;
    private Parameter? _bias;

    /// <summary>The maps that it joins, and how; see <see cref="Build"/>.</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public ConvolutionGeometry Geometry { get; private set; }

    /// <summary>w (out, k, k, in).</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public Parameter Weight => _weight ?? throw LayerBuilder.NotBuilt();

    /// <summary>b (out).</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public Parameter Bias => _bias ?? throw LayerBuilder.NotBuilt();

    /// <summary>The maps that a convolution of these settings joins, from a map of this shape.</summary>
    /// <exception cref="UserException">The map is smaller than a window.</exception>
    public static ConvolutionGeometry GeometryOf(Shape input, int outputs, int kernel, int stride, int? padding)
    {
        (int height, int top) = Side(input.Height, kernel, stride, padding);
        (int width, int left) = Side(input.Width, kernel, stride, padding);
        if (height < 1 || width < 1)
        {
            throw new UserException(
                $"conv {outputs} {kernel}/{stride}: a map of {input.Height}×{input.Width} is smaller than a window of {kernel}×{kernel}; "
                + "take a smaller kernel, fewer layers that shrink the map, or a larger --image-size");
        }
        var geometry = new ConvolutionGeometry(input, new Shape(height, width, outputs), kernel, stride, top, left);
        return ConvolutionParameters.RequireWindows($"conv {outputs} {kernel}/{stride}", geometry);
    }

    /// <inheritdoc/>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        Geometry = GeometryOf(input, outputs, kernel, stride, padding);
        (_weight, _bias) = ConvolutionParameters.Declare(builder, Geometry, outputs, input.Channels, outputs);
        return Geometry.Small;
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        _device!.Run(new Convolve(
            Geometry, input, Weight.Value, LayerEpilogue.Fused(epilogue).WithBias(Bias.Value), output));
        _device.ApplyUnfused(epilogue, output);
    }

    /// <summary>With G = ∂L/∂(w ∗ x + b): ∂x = wᵀ ∗ G, ∂w by its windows, ∂b = Σ over images and pixels of G.</summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        // ∂x may take the place of x, which ∂w needs before.
        _device!.Run(new ConvolutionWeightGradient(Geometry, input, outputGradient, Weight.Gradient));
        _device.Run(new SumColumns(Maps.Pixels(outputGradient, outputs), Bias.Gradient));
        if (!inputGradient.IsEmpty)
            _device.Run(new ConvolveTransposed(Geometry, outputGradient, Weight.Value, epilogue, inputGradient));
    }

    /// <summary>Pixels of the small map along a side, and pixels of padding before it.</summary>
    private static (int Small, int Before) Side(int side, int kernel, int stride, int? padding)
    {
        if (padding is int given)
            return (side + (2 * given) < kernel ? 0 : ConvolutionGeometry.SmallSide(side, kernel, stride, 2 * given), given);
        int small = (side + stride - 1) / stride;
        return (small, Math.Max(0, ((small - 1) * stride) + kernel - side) / 2);
    }
}

/// <summary>What both kinds of convolution have alike.</summary>
internal static class ConvolutionParameters
{
    /// <summary>Refuses maps that do not lie under each window.</summary>
    /// <param name="layer">How the layer is written.</param>
    /// <param name="geometry">What it joins.</param>
    /// <exception cref="UserException">A window sees padding alone.</exception>
    public static ConvolutionGeometry RequireWindows(string layer, in ConvolutionGeometry geometry)
    {
        (Shape large, Shape small, int kernel) = (geometry.Large, geometry.Small, geometry.Kernel);
        return geometry.IsSeenByEachWindow ? geometry : throw new UserException(
            $"{layer}: of {small.Height}×{small.Width} windows of {kernel}×{kernel} some would see nothing of a map of "
            + $"{large.Height}×{large.Width}; take padding below {kernel}, or a size that the stride leads to");
    }

    /// <summary>Declares the weight, (rows, k, k, channels), and the bias.</summary>
    public static (Parameter Weight, Parameter Bias) Declare(
        LayerBuilder builder, in ConvolutionGeometry geometry, int rows, int channels, int outputs)
    {
        int window = geometry.Kernel * geometry.Kernel;
        // As PyTorch counts them, whose transposed convolution takes its outputs for inputs.
        (int fanIn, int fanOut) = (window * channels, window * rows);
        Parameter weight = builder.Parameter(
            "weight", [rows, geometry.Kernel, geometry.Kernel, channels], fanIn, fanOut, isStoredChannelsFirst: true);
        return (weight, builder.Parameter("bias", [outputs], fanIn, fanOut));
    }
}

/// <summary>Maps of a batch in other forms.</summary>
internal static class Maps
{
    /// <summary>Maps as a matrix of pixels, (B·H·W, C).</summary>
    public static View<float> Pixels(View<float> maps, int channels) =>
        maps.Reshape(checked((int)(maps.Length / channels)), channels);
}
