namespace GpuVae.Data;

/// <summary>Grey images of one size, one byte a pixel (0 black, 255 white), kept as they are uploaded.</summary>
public sealed class ImageSet
{
    /// <summary>Wraps the arrays; nothing is copied.</summary>
    /// <param name="pixels">(N, height·width), rows from the top; N follows from its length.</param>
    /// <param name="labels">(N), or null where the images have no labels.</param>
    /// <param name="height">Rows of an image, in pixels.</param>
    /// <param name="width">Columns of an image, in pixels.</param>
    /// <exception cref="ArgumentException">The lengths do not fit the shape.</exception>
    public ImageSet(byte[] pixels, byte[]? labels, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        Dimensions = checked(height * width);
        if (pixels.Length % Dimensions != 0)
            throw new ArgumentException(
                $"{pixels.Length} pixels are no whole number of {height}×{width} images.", nameof(pixels));
        Count = pixels.Length / Dimensions;
        if (labels is not null && labels.Length != Count)
            throw new ArgumentException($"{labels.Length} labels for {Count} images.", nameof(labels));
        Pixels = pixels;
        Labels = labels;
        Height = height;
        Width = width;
    }

    /// <summary>All pixels: (<see cref="Count"/>, <see cref="Dimensions"/>).</summary>
    public byte[] Pixels { get; }

    /// <summary>The class of each image: (<see cref="Count"/>), or null where there are none.</summary>
    public byte[]? Labels { get; }

    /// <summary>Rows of an image, in pixels.</summary>
    public int Height { get; }

    /// <summary>Columns of an image, in pixels.</summary>
    public int Width { get; }

    /// <summary>N, the number of images.</summary>
    public int Count { get; }

    /// <summary>D, the pixels of an image: height·width.</summary>
    public int Dimensions { get; }

    /// <summary>The first <paramref name="count"/> images, or all of them where there are no more.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public ImageSet Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return count >= Count
            ? this
            : new ImageSet(Pixels[..(count * Dimensions)], Labels?[..count], Height, Width);
    }
}
