namespace GpuVae.Bench.Workers;

/// <summary>For measurements on images that have no zeros.</summary>
public static class BlackPixels
{
    /// <summary>Makes 0 to 1, of 255.</summary>
    public static void Lift(byte[] pixels)
    {
        foreach (ref byte pixel in pixels.AsSpan())
            pixel = Math.Max(pixel, (byte)1);
    }
}
