using GpuVae.Kernels;

namespace GpuVae.Models;

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
    public Parameter Weight => _weight ?? throw LayerBuilder.NotBuilt();

    /// <summary>b (out).</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public Parameter Bias => _bias ?? throw LayerBuilder.NotBuilt();

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
        Geometry = ConvolutionParameters.RequireWindows(
            $"up {outputs} {kernel}*{stride}", new ConvolutionGeometry(new Shape(height, width, outputs), input, kernel, stride, top, left));
        (_weight, _bias) = ConvolutionParameters.Declare(builder, Geometry, input.Channels, outputs, outputs);
        return Geometry.Large;
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        _device!.Run(new ConvolveTransposed(
            Geometry, input, Weight.Value, LayerEpilogue.Fused(epilogue).WithBias(Bias.Value), output));
        _device.ApplyUnfused(epilogue, output);
    }

    /// <summary>With G = ∂L/∂(wᵀ ∗ y + b): ∂y = w ∗ G, ∂w by its windows, ∂b = Σ over images and pixels of G.</summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        // ∂y may take the place of y, which ∂w needs before.
        _device!.Run(new ConvolutionWeightGradient(Geometry, outputGradient, input, Weight.Gradient));
        _device.Run(new SumColumns(Maps.Pixels(outputGradient, outputs), Bias.Gradient));
        if (!inputGradient.IsEmpty)
            _device.Run(new Convolve(Geometry, outputGradient, Weight.Value, epilogue, inputGradient));
    }

    /// <summary>Pixels of the larger map along a side, and those of padding before it.</summary>
    private (int Large, int Before) Side(int side, int? size)
    {
        int spread = ((side - 1) * stride) + kernel;
        int large = size ?? (padding is int cut ? spread - (2 * cut) + outputPadding : side * stride);
        return (large, padding ?? (Math.Max(0, spread - large) / 2));
    }
}
