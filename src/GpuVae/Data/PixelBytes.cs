namespace GpuVae.Data;

/// <summary>Pixels that are bytes divided by 255.</summary>
internal static class PixelBytes
{
    /// <summary>The byte of a pixel: 0 black, 1 white, others clamped.</summary>
    // A comparison with NaN is false, so that NaN becomes black and shows as a fault.
    public static byte Of(float value) => value > 0f ? (byte)MathF.Round(Math.Min(value, 1f) * 255f) : (byte)0;

    /// <summary>Whether a number is one of them, to within float32's rounding of what was computed from it.</summary>
    public static bool IsByte(float value) => value is >= 0 and <= 1 && MathF.Abs((255 * value) - MathF.Round(255 * value)) < 1e-3f;
}
