namespace GpuVae.Imaging;

/// <summary>A picture of bytes: one a pixel for grey (0 black, 255 white), or red, green and blue side by side.</summary>
public sealed class RasterImage
{
    /// <summary>A black picture.</summary>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="channels">1 for grey, 3 for colours.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the pixels fit no array.</exception>
    public RasterImage(int width, int height, int channels = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "A picture is grey (1) or coloured (3).");
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)width * height * channels, Array.MaxLength, nameof(height));
        Width = width;
        Height = height;
        Channels = channels;
        Pixels = new byte[width * height * channels];
    }

    /// <summary>Columns, in pixels.</summary>
    public int Width { get; }

    /// <summary>Rows, in pixels.</summary>
    public int Height { get; }

    /// <summary>Bytes of a pixel: 1 or 3.</summary>
    public int Channels { get; }

    /// <summary>(Height, Width, Channels), rows from the top.</summary>
    public byte[] Pixels { get; }
}
