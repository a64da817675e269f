namespace GpuVae.Imaging;

/// <summary>A grey picture, one byte a pixel: 0 black, 255 white.</summary>
public sealed class GrayImage
{
    /// <summary>A black picture.</summary>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the pixels fit no array.</exception>
    public GrayImage(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)width * height, Array.MaxLength, nameof(height));
        Width = width;
        Height = height;
        Pixels = new byte[width * height];
    }

    /// <summary>Columns, in pixels.</summary>
    public int Width { get; }

    /// <summary>Rows, in pixels.</summary>
    public int Height { get; }

    /// <summary>(Height, Width), rows from the top.</summary>
    public byte[] Pixels { get; }
}
