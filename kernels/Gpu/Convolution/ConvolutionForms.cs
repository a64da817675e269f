using GpuVae.Kernels.Gpu.Gemm;

namespace GpuVae.Kernels.Gpu.Convolution;

/// <summary>The sizes of a product.</summary>
/// <param name="M">Rows of C.</param>
/// <param name="N">Columns of C.</param>
/// <param name="K">The inner dimension.</param>
internal readonly record struct ProductSize(int M, int N, int K);

/// <summary>An operation on windows as a product, or as several that share C: its phases.</summary>
/// <typeparam name="TLayoutA">How A is read.</typeparam>
/// <typeparam name="TLayoutB">How B is read.</typeparam>
internal interface IConvolutionForm<TLayoutA, TLayoutB>
    where TLayoutA : struct, IOperandLayout
    where TLayoutB : struct, IOperandLayout
{
    /// <summary>How many products they are.</summary>
    static abstract int Phases(ConvolutionSizes sizes);

    /// <summary>The largest M, N and K of any phase.</summary>
    static abstract ProductSize Largest(int images, ConvolutionSizes sizes);

    /// <summary>Those of a phase.</summary>
    static abstract ProductSize Size(int phase, int images, ConvolutionSizes sizes);

    /// <summary>A of a phase.</summary>
    static abstract TLayoutA LayoutA(int phase, ConvolutionSizes sizes);

    /// <summary>B of a phase.</summary>
    static abstract TLayoutB LayoutB(int phase, ConvolutionSizes sizes);
}

/// <summary><see cref="Convolve"/>: y (B·H′·W′, C′) = windows of x · wᵀ.</summary>
internal readonly struct ConvolveForm : IConvolutionForm<WindowRows, KMajor>
{
    public static int Phases(ConvolutionSizes sizes) => 1;

    public static ProductSize Largest(int images, ConvolutionSizes sizes) => Size(0, images, sizes);

    public static ProductSize Size(int phase, int images, ConvolutionSizes sizes) => new(
        images * sizes.SmallHeight.Value * sizes.SmallWidth.Value, sizes.SmallChannels.Value,
        sizes.Kernel.Value * sizes.Kernel.Value * sizes.Channels.Value);

    public static WindowRows LayoutA(int phase, ConvolutionSizes sizes) => new(sizes.Windows);

    public static KMajor LayoutB(int phase, ConvolutionSizes sizes) => default;
}

/// <summary><see cref="ConvolutionWeightGradient"/>: ∂w (C′, k·k·C) = gᵀ · windows of x.</summary>
internal readonly struct WeightGradientForm : IConvolutionForm<MnMajor, WindowColumns>
{
    public static int Phases(ConvolutionSizes sizes) => 1;

    public static ProductSize Largest(int images, ConvolutionSizes sizes) => Size(0, images, sizes);

    public static ProductSize Size(int phase, int images, ConvolutionSizes sizes) => new(
        sizes.SmallChannels.Value, sizes.Kernel.Value * sizes.Kernel.Value * sizes.Channels.Value,
        images * sizes.SmallHeight.Value * sizes.SmallWidth.Value);

    public static MnMajor LayoutA(int phase, ConvolutionSizes sizes) => default;

    public static WindowColumns LayoutB(int phase, ConvolutionSizes sizes) => new(sizes.Windows);
}

/// <summary>
/// <see cref="ConvolveTransposed"/>: s·s phases, each the pixels of x that are s apart. The same taps of w fall on them, which have no zeros
/// between: x (of the phase, C) = windows of y · w (of the phase).
/// </summary>
internal readonly struct TransposedForm : IConvolutionForm<PhaseRows, PhaseWeights>
{
    public static int Phases(ConvolutionSizes sizes) => sizes.Stride.Value * sizes.Stride.Value;

    public static ProductSize Largest(int images, ConvolutionSizes sizes) => new(
        images * sizes.PhaseHeight.More.Value * sizes.PhaseWidth.More.Value, sizes.Channels.Value,
        sizes.PhaseTaps.More.Value * sizes.PhaseTaps.More.Value * sizes.SmallChannels.Value);

    public static ProductSize Size(int phase, int images, ConvolutionSizes sizes)
    {
        PhaseSide rows = Rows(phase, sizes), columns = Columns(phase, sizes);
        int m = images * rows.Pixels * columns.Pixels;
        // No slice of a phase without pixels is read.
        return new(m, sizes.Channels.Value, m == 0 ? 0 : rows.Taps * columns.Taps * sizes.SmallChannels.Value);
    }

    public static PhaseRows LayoutA(int phase, ConvolutionSizes sizes)
    {
        PhaseSide rows = Rows(phase, sizes), columns = Columns(phase, sizes);
        var windows = new WindowMatrix(
            sizes.SmallHeight.Value, sizes.SmallWidth.Value, sizes.SmallChannels, sizes.PhaseHeight.For(rows.Pixels),
            sizes.PhaseWidth.For(columns.Pixels), sizes.PhaseTaps.For(columns.Taps), 1, rows.Before, columns.Before);
        return new(windows, sizes.Height, sizes.Width, sizes.Stride.Value, rows.First, columns.First);
    }

    public static PhaseWeights LayoutB(int phase, ConvolutionSizes sizes)
    {
        PhaseSide rows = Rows(phase, sizes), columns = Columns(phase, sizes);
        return new(
            sizes.SmallChannels, sizes.PhaseTaps.For(columns.Taps), sizes.Kernel.Value, sizes.Channels.Value, sizes.Stride.Value,
            rows.Last, columns.Last);
    }

    private static PhaseSide Rows(int phase, ConvolutionSizes sizes) => PhaseSide.Of(
        sizes.Stride.Divide(phase), sizes.Height, sizes.Kernel.Value, sizes.Stride, sizes.Top);

    private static PhaseSide Columns(int phase, ConvolutionSizes sizes) => PhaseSide.Of(
        phase - (sizes.Stride.Divide(phase) * sizes.Stride.Value), sizes.Width, sizes.Kernel.Value, sizes.Stride, sizes.Left);
}
