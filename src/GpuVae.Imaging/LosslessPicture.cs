using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>Picture files that lose nothing, as small as Skia makes them, in memory.</summary>
public static class LosslessPicture
{
    private const int Most = 9, MostOfWebp = 100;

    /// <summary>A PNG file, 8 bits a channel, by the filter of each row that suits it.</summary>
    public static byte[] Png(RasterImage image) =>
        Encode(image, pixels => pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, Most)));

    /// <summary>
    /// A WebP file without loss: its pixels alone, without the encoder's profile of colours. Skia takes the fastest of libwebp's methods,
    /// whatever the effort; others make smaller files.
    /// </summary>
    public static byte[] Webp(RasterImage image)
    {
        byte[] file = Encode(image, pixels => pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, MostOfWebp)));
        using var smallest = new MemoryStream();
        AnimatedWebp.WriteChunk(smallest, "RIFF"u8, [.. "WEBP"u8, .. AnimatedWebp.PictureOf(file)]);
        return smallest.ToArray();
    }

    private static byte[] Encode(RasterImage image, Func<SKPixmap, SKData?> encode)
    {
        ArgumentNullException.ThrowIfNull(image);
        using SKImage picture = Imaging.Png.ToSkia(image);
        using SKPixmap pixels = picture.PeekPixels();
        using SKData file = encode(pixels)
            ?? throw new InvalidOperationException($"A picture of {image.Width}×{image.Height} pixels cannot be encoded.");
        return file.ToArray();
    }
}
