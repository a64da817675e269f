namespace GpuVae.Data;

/// <summary>Pixels that are bytes divided by 255.</summary>
internal static class PixelBytes
{
    /// <summary>Whether a number is one of them, to within float32's rounding of what was computed from it.</summary>
    public static bool IsByte(float value) => value is >= 0 and <= 1 && MathF.Abs((255 * value) - MathF.Round(255 * value)) < 1e-3f;
}
