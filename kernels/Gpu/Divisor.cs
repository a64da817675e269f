namespace GpuVae.Kernels.Gpu;

/// <summary>
/// A divisor that is known before a launch: division is a multiplication and a shift, q = ⌊value · m / 2ˢ⌋ with s = 31 + ⌈log₂ divisor⌉ and
/// m = ⌈2ˢ / divisor⌉ (Granlund and Montgomery 1994). Exact for 0 ≤ value &lt; 2³¹.
/// </summary>
/// <param name="Value">The divisor, at least 1.</param>
/// <param name="Multiplier">m.</param>
/// <param name="Shift">s.</param>
internal readonly record struct Divisor(int Value, uint Multiplier, int Shift)
{
    /// <summary>That of <paramref name="value"/>; made on the host.</summary>
    public static Divisor Of(int value)
    {
        int shift = 31;
        while (1L << (shift - 31) < value)
            shift++;
        return new(value, (uint)(((1UL << shift) + (uint)value - 1) / (uint)value), shift);
    }

    /// <summary>⌊<paramref name="value"/> / divisor⌋ of what is not negative.</summary>
    public int Divide(int value) => (int)(((ulong)(uint)value * Multiplier) >> Shift);
}
