namespace GpuVae.Imaging;

/// <summary>Writes single images at their own size.</summary>
public static class ImageWriter
{
    /// <summary>Writes a PNG file; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="values">(height·width·channels); 0 black, 1 white, others clamped, NaN black.</param>
    /// <param name="height">Rows, in pixels.</param>
    /// <param name="width">Columns, in pixels.</param>
    /// <param name="channels">1 for grey, 3 for colours.</param>
    /// <exception cref="ArgumentException">The number of values does not fit the shape.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<float> values, int height, int width, int channels)
    {
        var image = new RasterImage(width, height, channels);
        if (values.Length != image.Pixels.Length)
            throw new ArgumentException($"{values.Length} values for {image.Pixels.Length} places.", nameof(values));
        for (int i = 0; i < values.Length; i++)
            image.Pixels[i] = values[i] > 0f ? (byte)MathF.Round(Math.Min(values[i], 1f) * 255f) : (byte)0;
        Png.Write(path, image);
    }
}
