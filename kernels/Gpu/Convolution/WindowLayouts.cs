using GpuVae.Kernels.Gpu.Gemm;

namespace GpuVae.Kernels.Gpu.Convolution;

// Operands of a product that are read from maps where they lie: pixels of windows, and zeros beyond the maps' edges.

/// <summary>The matrix whose rows are pixels (b, i, j), and whose columns are the numbers (u, v, c) of their windows; never stored.</summary>
/// <param name="Height">H of the maps (B, H, W, C) that windows are cut from.</param>
/// <param name="Width">W of these.</param>
/// <param name="Channels">C of these.</param>
/// <param name="Rows">Rows of windows in an image.</param>
/// <param name="Columns">Windows in a row.</param>
/// <param name="Taps">Pixels in a row of a window.</param>
/// <param name="Stride">From a window to the next.</param>
/// <param name="Top">Pixels that the first window begins above the map.</param>
/// <param name="Left">Pixels that it begins to the left of the map.</param>
internal readonly record struct WindowMatrix(
    int Height, int Width, Divisor Channels, Divisor Rows, Divisor Columns, Divisor Taps, int Stride, int Top, int Left)
{
    /// <summary>Where a number lies in the maps; below 0 where it is beyond their edges.</summary>
    /// <param name="pixel">The row.</param>
    /// <param name="number">The column.</param>
    public int Index(int pixel, int number)
    {
        int row = Columns.Divide(pixel), j = pixel - (row * Columns.Value);
        int image = Rows.Divide(row), i = row - (image * Rows.Value);
        int tap = Channels.Divide(number), c = number - (tap * Channels.Value);
        int u = Taps.Divide(tap), v = tap - (u * Taps.Value);
        int h = (i * Stride) + u - Top, l = (j * Stride) + v - Left;
        // Below 0 where one of these is: above, below, to the left or to the right of the map.
        int edges = h | (Height - 1 - h) | l | (Width - 1 - l);
        // Set bits in the place of a choice, so that there is no branch between loads.
        return ((((((image * Height) + h) * Width) + l) * Channels.Value) + c) | (edges >> 31);
    }
}

/// <summary>A of <see cref="Convolve"/>: a row for each window, channels next to each other.</summary>
/// <param name="Windows">The matrix.</param>
internal readonly record struct WindowRows(WindowMatrix Windows) : IOperandLayout
{
    public static bool IsKMajor => true;

    public static bool HasGaps => true;

    public int Index(int mn, int k, int mnLength, int kLength) => Windows.Index(mn, k);

    public int ResultRow(int mn) => mn;
}

/// <summary>B of <see cref="ConvolutionWeightGradient"/>: the same matrix, summed over its rows.</summary>
/// <param name="Windows">The matrix.</param>
internal readonly record struct WindowColumns(WindowMatrix Windows) : IOperandLayout
{
    public static bool IsKMajor => false;

    public static bool HasGaps => true;

    public int Index(int mn, int k, int mnLength, int kLength) => Windows.Index(k, mn);

    public int ResultRow(int mn) => mn;
}

/// <summary>
/// A of <see cref="ConvolveTransposed"/>: a row for each large pixel (b, h, l) of a phase, the small pixels whose windows it is in. Those
/// are a window of the small map, from the last of the phase's taps to the first.
/// </summary>
/// <param name="Windows">The windows of the small map.</param>
/// <param name="Height">H of the large map.</param>
/// <param name="Width">W of the large map.</param>
/// <param name="Stride">From a pixel of the phase to the next.</param>
/// <param name="FirstRow">The phase's first h.</param>
/// <param name="FirstColumn">The phase's first l.</param>
internal readonly record struct PhaseRows(
    WindowMatrix Windows, int Height, int Width, int Stride, int FirstRow, int FirstColumn) : IOperandLayout
{
    public static bool IsKMajor => true;

    public static bool HasGaps => true;

    public int Index(int mn, int k, int mnLength, int kLength) => Windows.Index(mn, k);

    public int ResultRow(int mn)
    {
        int row = Windows.Columns.Divide(mn), l = FirstColumn + ((mn - (row * Windows.Columns.Value)) * Stride);
        int image = Windows.Rows.Divide(row), h = FirstRow + ((row - (image * Windows.Rows.Value)) * Stride);
        return (((image * Height) + h) * Width) + l;
    }
}

/// <summary>B of <see cref="ConvolveTransposed"/>: of w (C′, k, k, C) the taps of a phase, from the last to the first.</summary>
/// <param name="SmallChannels">C′.</param>
/// <param name="Taps">The phase's taps in a row of a window.</param>
/// <param name="Kernel">k.</param>
/// <param name="Channels">C.</param>
/// <param name="Stride">From a tap of the phase to the next.</param>
/// <param name="LastRow">The phase's last u.</param>
/// <param name="LastColumn">The phase's last v.</param>
internal readonly record struct PhaseWeights(
    Divisor SmallChannels, Divisor Taps, int Kernel, int Channels, int Stride, int LastRow, int LastColumn) : IOperandLayout
{
    public static bool IsKMajor => false;

    public static bool HasGaps => false;

    public int Index(int mn, int k, int mnLength, int kLength)
    {
        int tap = SmallChannels.Divide(k), o = k - (tap * SmallChannels.Value);
        int row = Taps.Divide(tap), column = tap - (row * Taps.Value);
        int u = LastRow - (row * Stride), v = LastColumn - (column * Stride);
        return (((((o * Kernel) + u) * Kernel) + v) * Channels) + mn;
    }

    public int ResultRow(int mn) => mn;
}
