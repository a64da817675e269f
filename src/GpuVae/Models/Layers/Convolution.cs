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
    public Parameter Weight => _weight ?? throw ConvolutionParameters.NotBuilt();

    /// <summary>b (out).</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public Parameter Bias => _bias ?? throw ConvolutionParameters.NotBuilt();

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
        return new ConvolutionGeometry(input, new Shape(height, width, outputs), kernel, stride, top, left);
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
        if (epilogue.Kind == EpilogueKind.Likelihood)
        {
            _device!.Run(new Convolve(Geometry, input, Weight.Value, Epilogue.Store.WithBias(Bias.Value), output));
            _device.ApplyEpilogue(epilogue, output);
            return;
        }
        _device!.Run(new Convolve(Geometry, input, Weight.Value, epilogue.WithBias(Bias.Value), output));
    }

    /// <summary>With G = ∂L/∂(w ∗ x + b): ∂x = wᵀ ∗ G, ∂w by its windows, ∂b = Σ over images and pixels of G.</summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        if (!inputGradient.IsEmpty)
            _device!.Run(new ConvolveTransposed(Geometry, outputGradient, Weight.Value, epilogue, inputGradient));
        _device!.Run(new ConvolutionWeightGradient(Geometry, input, outputGradient, Weight.Gradient));
        _device.Run(new SumColumns(ConvolutionParameters.Pixels(outputGradient, outputs), Bias.Gradient));
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

/// <summary>
/// x = wᵀ ∗ y + b, the adjoint of a convolution: each pixel of a map (H, W, in) is spread over a window of k·k pixels of a larger
/// one (H′, W′, out), as <c>torch.nn.ConvTranspose2d</c> has it; see <see cref="ConvolveTransposed"/>. <c>weight</c> w is
/// (in, k, k, out), in files (in, out, k, k) as PyTorch has it, and <c>bias</c> b (out).
/// </summary>
/// <param name="outputs">out, channels of the larger map.</param>
/// <param name="kernel">k, the side of a window.</param>
/// <param name="stride">From a window to the next, in pixels of the larger map.</param>
/// <param name="padding">
/// Pixels that are cut off on each side, as PyTorch counts them: H′ = (H − 1)·stride − 2·padding + k + output padding; null for
/// H′ = H·stride, or for the size that is given.
/// </param>
/// <param name="outputPadding">Pixels that are added behind the larger map, where padding is given.</param>
public sealed class TransposedConvolution(
    int outputs, int kernel, int stride = 1, int? padding = null, int outputPadding = 0) : IBiasedLayer
{
    private IDevice? _device;
    private Parameter? _weight;
    private Parameter? _bias;

    /// <summary>
    /// Height and width of the larger map, where they do not follow from the others: those of the map that the encoder's layer
    /// saw, of which this is the mirror image.
    /// </summary>
    public (int Height, int Width)? Size { get; init; }

    /// <summary>The maps that it joins: the large one comes out.</summary>
    public ConvolutionGeometry Geometry { get; private set; }

    /// <summary>w (in, k, k, out).</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public Parameter Weight => _weight ?? throw ConvolutionParameters.NotBuilt();

    /// <summary>b (out).</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public Parameter Bias => _bias ?? throw ConvolutionParameters.NotBuilt();

    /// <inheritdoc/>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        (int height, int top) = Side(input.Height, Size?.Height);
        (int width, int left) = Side(input.Width, Size?.Width);
        if (height < 1 || width < 1)
        {
            throw new UserException(
                $"up {outputs} {kernel}*{stride}: of a map of {input.Height}×{input.Width} padding {padding} leaves nothing; take less");
        }
        Geometry = new ConvolutionGeometry(new Shape(height, width, outputs), input, kernel, stride, top, left);
        (_weight, _bias) = ConvolutionParameters.Declare(builder, Geometry, input.Channels, outputs, outputs);
        return Geometry.Large;
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        if (epilogue.Kind == EpilogueKind.Likelihood)
        {
            _device!.Run(new ConvolveTransposed(Geometry, input, Weight.Value, Epilogue.Store.WithBias(Bias.Value), output));
            _device.ApplyEpilogue(epilogue, output);
            return;
        }
        _device!.Run(new ConvolveTransposed(Geometry, input, Weight.Value, epilogue.WithBias(Bias.Value), output));
    }

    /// <summary>With G = ∂L/∂(wᵀ ∗ y + b): ∂y = w ∗ G, ∂w by its windows, ∂b = Σ over images and pixels of G.</summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        if (!inputGradient.IsEmpty)
            _device!.Run(new Convolve(Geometry, outputGradient, Weight.Value, epilogue, inputGradient));
        _device!.Run(new ConvolutionWeightGradient(Geometry, outputGradient, input, Weight.Gradient));
        _device.Run(new SumColumns(ConvolutionParameters.Pixels(outputGradient, outputs), Bias.Gradient));
    }

    /// <summary>Pixels of the larger map along a side, and those of padding before it.</summary>
    private (int Large, int Before) Side(int side, int? size)
    {
        int spread = ((side - 1) * stride) + kernel;
        int large = size ?? (padding is int cut ? spread - (2 * cut) + outputPadding : side * stride);
        return (large, padding ?? (Math.Max(0, spread - large) / 2));
    }
}

/// <summary>What both kinds of convolution have alike.</summary>
internal static class ConvolutionParameters
{
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

    /// <summary>Maps as a matrix of pixels, (B·H·W, C).</summary>
    public static View<float> Pixels(View<float> maps, int channels) =>
        maps.Reshape(checked((int)(maps.Length / channels)), channels);

    public static InvalidOperationException NotBuilt() => new("The layer has not been built.");
}
