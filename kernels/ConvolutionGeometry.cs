namespace GpuVae.Kernels;

/// <summary>
/// What a convolution joins: a large map (H, W, C), each of whose windows of k·k pixels becomes a pixel of a small one
/// (H′, W′, C′). Small pixel (i, j) has the window whose first pixel is (i·s − p, j·s − p′); what lies outside the large map is 0.
/// Padding behind the map and output padding follow from the sizes, so that PyTorch's conventions and TensorFlow's are the same
/// here.
/// </summary>
/// <param name="Large">(H, W, C).</param>
/// <param name="Small">(H′, W′, C′).</param>
/// <param name="Kernel">k, the side of a window.</param>
/// <param name="Stride">s, from a window to the next.</param>
/// <param name="Top">p, pixels of padding above.</param>
/// <param name="Left">p′, pixels of padding to the left.</param>
public readonly record struct ConvolutionGeometry(Shape Large, Shape Small, int Kernel, int Stride, int Top, int Left)
{
    /// <summary>k·k·C, numbers of a window and columns of the weights.</summary>
    public int Depth => checked(Kernel * Kernel * Large.Channels);

    /// <summary>Multiply-adds of an image, those with padding left out.</summary>
    public double MultiplyAdds =>
        (double)Taps(Large.Height, Small.Height, Top) * Taps(Large.Width, Small.Width, Left) * Large.Channels * Small.Channels;

    /// <summary>The side of the small map: ⌊(n + before + after − k) / s⌋ + 1.</summary>
    /// <param name="side">n, of the large map.</param>
    /// <param name="kernel">k.</param>
    /// <param name="stride">s.</param>
    /// <param name="padding">before + after.</param>
    public static int SmallSide(int side, int kernel, int stride, int padding) => ((side + padding - kernel) / stride) + 1;

    /// <summary>Whether each window has a pixel of the large map, and not padding alone.</summary>
    public bool IsSeenByEachWindow =>
        Top >= 0 && Top < Kernel && Left >= 0 && Left < Kernel
        && ((long)(Small.Height - 1) * Stride) - Top < Large.Height
        && ((long)(Small.Width - 1) * Stride) - Left < Large.Width;

    /// <summary>Throws where there are windows that see nothing of the large map.</summary>
    internal void Check()
    {
        Shapes.Require(Kernel >= 1 && Stride >= 1);
        Shapes.Require(Large.Height >= 1 && Large.Width >= 1 && Large.Channels >= 1);
        Shapes.Require(Small.Height >= 1 && Small.Width >= 1 && Small.Channels >= 1);
        Shapes.Require(IsSeenByEachWindow);
    }

    /// <summary>Throws where an epilogue of output maps is a likelihood, whose loss an image's pixels have together, or does not fit.</summary>
    internal static void CheckEpilogue(in Epilogue epilogue, View<float> output, int channels)
    {
        Shapes.Require(epilogue.Kind != EpilogueKind.Likelihood);
        Shapes.Require(epilogue.Bias.IsEmpty || epilogue.Bias.Length == channels);
        Shapes.Require(epilogue.Kind != EpilogueKind.Derivative
            || (epilogue.Saved.Rows == output.Rows && epilogue.Saved.Columns == output.Columns));
    }

    /// <summary>Pairs of a window and a pixel in it, along one side.</summary>
    private long Taps(int large, int small, int before)
    {
        long taps = 0;
        for (int i = 0; i < small; i++)
            taps += Math.Min(Kernel, large + before - (i * Stride)) - Math.Max(0, before - (i * Stride));
        return taps;
    }
}
