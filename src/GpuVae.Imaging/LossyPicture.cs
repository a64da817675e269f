using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>Picture files that lose something, in memory.</summary>
public static class LossyPicture
{
    /// <summary>A JPEG file, grey or coloured.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="quality">0 … 100.</param>
    public static byte[] Jpeg(RasterImage image, int quality) => Encode(image, pixels => pixels.Encode(new SKJpegEncoderOptions(quality)));

    /// <summary>A WebP file.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="quality">0 … 100.</param>
    public static byte[] Webp(RasterImage image, int quality) =>
        Encode(image, pixels => pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, quality)));

    /// <summary>The pixels of a picture file in memory.</summary>
    /// <param name="file">What <see cref="Jpeg"/> or <see cref="Webp"/> gave.</param>
    /// <param name="channels">1 for grey, 3 for colours.</param>
    public static RasterImage Decode(byte[] file, int channels)
    {
        using var picture = new ImageFile("a picture in memory", file);
        return picture.Decode(coloured: channels == 3, size: null, PictureBackground.White);
    }

    private static byte[] Encode(RasterImage image, Func<SKPixmap, SKData?> encode)
    {
        ArgumentNullException.ThrowIfNull(image);
        using SKImage picture = Png.ToSkia(image);
        using SKPixmap pixels = picture.PeekPixels();
        using SKData file = encode(pixels)
            ?? throw new InvalidOperationException($"A picture of {image.Width}×{image.Height} pixels cannot be encoded.");
        return file.ToArray();
    }
}
