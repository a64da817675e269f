namespace GpuVae.Kernels.Gpu.Convolution;

/// <summary>A <see cref="ConvolutionGeometry"/> as products of windows take it: what is divided by is known before the launch.</summary>
/// <param name="Height">H of the large map.</param>
/// <param name="Width">W of the large map.</param>
/// <param name="Channels">C.</param>
/// <param name="SmallHeight">H′.</param>
/// <param name="SmallWidth">W′.</param>
/// <param name="SmallChannels">C′.</param>
/// <param name="Kernel">k.</param>
/// <param name="Stride">s.</param>
/// <param name="Top">p.</param>
/// <param name="Left">p′.</param>
/// <param name="PhaseHeight">H / s.</param>
/// <param name="PhaseWidth">W / s.</param>
/// <param name="PhaseTaps">k / s.</param>
internal readonly record struct ConvolutionSizes(
    int Height, int Width, Divisor Channels, Divisor SmallHeight, Divisor SmallWidth, Divisor SmallChannels, Divisor Kernel,
    Divisor Stride, int Top, int Left, PhaseDivisors PhaseHeight, PhaseDivisors PhaseWidth, PhaseDivisors PhaseTaps)
{
    /// <summary>Those of a geometry.</summary>
    public static ConvolutionSizes Of(in ConvolutionGeometry geometry) => new(
        geometry.Large.Height, geometry.Large.Width, Divisor.Of(geometry.Large.Channels), Divisor.Of(geometry.Small.Height),
        Divisor.Of(geometry.Small.Width), Divisor.Of(geometry.Small.Channels), Divisor.Of(geometry.Kernel), Divisor.Of(geometry.Stride),
        geometry.Top, geometry.Left, PhaseDivisors.Of(geometry.Large.Height, geometry.Stride),
        PhaseDivisors.Of(geometry.Large.Width, geometry.Stride), PhaseDivisors.Of(geometry.Kernel, geometry.Stride));

    /// <summary>Windows of the large map, one for each pixel of the small one.</summary>
    public WindowMatrix Windows => new(Height, Width, Channels, SmallHeight, SmallWidth, Kernel, Stride.Value, Top, Left);
}

/// <summary>Every s-th of n in a row: as many as n / s, rounded up or down by where they begin.</summary>
/// <param name="More">⌈n / s⌉.</param>
/// <param name="Fewer">⌊n / s⌋, but at least 1, as a divisor is.</param>
internal readonly record struct PhaseDivisors(Divisor More, Divisor Fewer)
{
    /// <summary>Those of <paramref name="length"/> / <paramref name="stride"/>.</summary>
    public static PhaseDivisors Of(int length, int stride) =>
        new(Divisor.Of(KernelConfigs.DivideUp(length, stride)), Divisor.Of(Math.Max(length / stride, 1)));

    /// <summary>The one of this count; another one for 0, of which nothing is divided.</summary>
    public Divisor For(int count) => count == More.Value ? More : Fewer;
}

/// <summary>
/// Of one side of a large map every s-th pixel, h = First + s·a. The same taps of windows fall on all of them, u = Last − s·t, from small
/// pixel a + t − Before.
/// </summary>
/// <param name="First">The first h.</param>
/// <param name="Pixels">How many there are; may be 0.</param>
/// <param name="Taps">How many taps fall on them; may be 0.</param>
/// <param name="Last">The last u.</param>
/// <param name="Before">How far before the first small pixel their window begins.</param>
internal readonly record struct PhaseSide(int First, int Pixels, int Taps, int Last, int Before)
{
    /// <summary>The phase of a side that begins with pixel <paramref name="first"/>, which is below the stride.</summary>
    /// <param name="first">First.</param>
    /// <param name="length">Pixels of the side.</param>
    /// <param name="kernel">k.</param>
    /// <param name="stride">s; a division would be one of every slice's loads, where the assembler puts it.</param>
    /// <param name="before">Pixels of padding before the side.</param>
    public static PhaseSide Of(int first, int length, int kernel, Divisor stride, int before)
    {
        int s = stride.Value, windows = stride.Divide(first + before), tap = first + before - (windows * s);
        int taps = stride.Divide(kernel - tap + s - 1);
        return new(first, stride.Divide(length - first + s - 1), taps, tap + ((taps - 1) * s), taps - 1 - windows);
    }
}
