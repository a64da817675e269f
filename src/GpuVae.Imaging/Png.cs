using GpuVae.Data;
using GpuVae.Files;
using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>Writes and reads PNG files.</summary>
public static class Png
{
    /// <summary>Writes 8 bits a channel, losslessly; a file of that name is replaced whole or not at all.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, RasterImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using SKImage picture = ToSkia(image);
        using SKData encoded = Encode(picture, SKPngEncoderFilterFlags.Sub);
        AtomicFile.Write(path, stream => stream.Write(encoded.AsSpan()));
    }

    /// <summary>Writes one image at its own size; a file of that name is replaced whole or not at all.</summary>
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
            image.Pixels[i] = PixelBytes.Of(values[i]);
        Write(path, image);
    }

    /// <summary>Reads a picture; grey as it is, colours by their luma (ITU-R BT.601), transparency on white.</summary>
    /// <exception cref="UserException">The file is missing, damaged or no picture.</exception>
    public static RasterImage Read(string path)
    {
        using var file = new ImageFile(path);
        return file.Decode(coloured: false, size: null, PictureBackground.White);
    }

    /// <summary>The file of a picture, by one filter for all rows: trying each takes several times as long for the same size.</summary>
    internal static SKData Encode(SKImage picture, SKPngEncoderFilterFlags filter)
    {
        const int Effort = 3; // of 9; beyond it files shrink by a few per cent and take twice the time
        using SKPixmap pixels = picture.PeekPixels();
        return pixels.Encode(new SKPngEncoderOptions(filter, Effort))
            ?? throw new InvalidOperationException($"A picture of {picture.Width}×{picture.Height} pixels cannot be encoded.");
    }

    /// <summary>A copy of a picture, grey or coloured.</summary>
    internal static SKImage ToSkia(RasterImage image)
    {
        bool coloured = image.Channels == 3;
        // Of four bytes, of which the last says nothing: the encoder of JPEG refuses Rgb888x.
        var info = new SKImageInfo(
            image.Width, image.Height, coloured ? SKColorType.Rgba8888 : SKColorType.Gray8, SKAlphaType.Opaque);
        return SKImage.FromPixelCopy(info, coloured ? WithFourthByte(image.Pixels) : image.Pixels);
    }

    private static byte[] WithFourthByte(byte[] pixels)
    {
        var padded = new byte[checked(pixels.Length / 3 * 4)];
        for (int i = 0; i < pixels.Length / 3; i++)
        {
            pixels.AsSpan(3 * i, 3).CopyTo(padded.AsSpan(4 * i));
            padded[(4 * i) + 3] = 255;
        }
        return padded;
    }
}
