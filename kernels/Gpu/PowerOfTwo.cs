namespace GpuVae.Kernels.Gpu;

/// <summary>
/// Division of what is not negative by a constant power of two. ILGPU writes <c>/</c> and <c>%</c> as instructions for any divisor, for
/// which NVIDIA's assembler makes some twenty.
/// </summary>
internal static class PowerOfTwo
{
    /// <summary>⌊value / divisor⌋.</summary>
    public static int Divide(int value, int divisor) => value >> Logarithm(divisor);

    /// <summary>value mod divisor.</summary>
    public static int Remainder(int value, int divisor) => value & (divisor - 1);

    /// <summary>log₂ of a power up to 128: a chain of choices, which becomes one number where it is a constant.</summary>
    public static int Logarithm(int power) =>
        power == 1 ? 0 : power == 2 ? 1 : power == 4 ? 2 : power == 8 ? 3 : power == 16 ? 4 : power == 32 ? 5 : power == 64 ? 6 : 7;
}
