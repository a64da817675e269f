using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Each pixel of a map (H, W, C) becomes a block of n·n pixels like it: (H·n, W·n, C), as <c>torch.nn.Upsample</c> has it in
/// mode <c>nearest</c>; see <see cref="SpreadWindows"/>. A convolution behind it does what a transposed one does, without its
/// checkerboards (Odena et al. 2016).
/// </summary>
/// <param name="factor">n, the side of a block.</param>
public sealed class Upsample(int factor) : ILayer
{
    private IDevice? _device;

    /// <summary>
    /// Height and width of the larger map where they are not a multiple of n: those of the map that the encoder's layer saw, of
    /// which this is the mirror image. The last blocks of rows and columns are then smaller, or larger where pooling had left
    /// pixels over.
    /// </summary>
    public (int Height, int Width)? Size { get; init; }

    /// <summary>The maps that it joins: the large one comes out.</summary>
    public ConvolutionGeometry Geometry { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="UserException">A side of <see cref="Size"/> is that of other blocks.</exception>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        _device = builder.Device;
        var large = new Shape(
            Side(input.Height, Size?.Height, input), Side(input.Width, Size?.Width, input), input.Channels);
        Geometry = new ConvolutionGeometry(large, input, factor, factor, 0, 0);
        return large;
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        _device!.Run(new SpreadWindows(Geometry, true, 1, input, LayerEpilogue.Fused(epilogue), output));
        _device.ApplyUnfused(epilogue, output);
    }

    /// <summary>∂x = Σ of G over a block.</summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        if (!inputGradient.IsEmpty)
            _device!.Run(new SumWindows(Geometry, true, 1, outputGradient, epilogue, inputGradient));
    }

    /// <summary>Pixels of the larger map along a side: n for each pixel, but for the last at least one and fewer than 3·n, as overlapping windows leave over.</summary>
    private int Side(int side, int? size, Shape input)
    {
        int large = size ?? checked(side * factor), last = large - ((side - 1) * factor);
        return last >= 1 && last < 3 * factor ? large : throw new UserException(
            $"upsample {factor}: a map of {input.Height}×{input.Width} in blocks of {factor}×{factor} does not become one of "
            + $"{Size?.Height}×{Size?.Width}; a side of {side} becomes {((side - 1) * factor) + 1} to {((side + 2) * factor) - 1}");
    }
}
