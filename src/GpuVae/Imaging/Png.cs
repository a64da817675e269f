using System.Runtime.InteropServices;
using GpuVae.Files;
using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>Writes and reads PNG files.</summary>
public static class Png
{
    /// <summary>Writes 8-bit grey, losslessly; a file of that name is replaced whole or not at all.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, GrayImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Gray8, SKAlphaType.Opaque);
        using SKImage picture = SKImage.FromPixelCopy(info, image.Pixels);
        using SKData encoded = picture.Encode(SKEncodedImageFormat.Png, quality: 100);
        AtomicFile.Write(path, stream => stream.Write(encoded.AsSpan()));
    }

    /// <summary>Reads a picture; grey as it is, colours by their luma (ITU-R BT.601), transparency on black.</summary>
    /// <exception cref="UserException">The file is missing, damaged or no picture.</exception>
    public static GrayImage Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            using SKCodec codec = SKCodec.Create(stream)
                ?? throw new UserException($"{path}: is no picture that can be read; give a PNG file");
            return codec.Info.ColorType == SKColorType.Gray8 ? ReadGray(path, codec) : ReadColor(path, codec);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private static GrayImage ReadGray(string path, SKCodec codec)
    {
        var image = new GrayImage(codec.Info.Width, codec.Info.Height);
        Decode(path, codec, SKColorType.Gray8, SKAlphaType.Opaque, image.Pixels);
        return image;
    }

    private static GrayImage ReadColor(string path, SKCodec codec)
    {
        var image = new GrayImage(codec.Info.Width, codec.Info.Height);
        byte[] rgba = new byte[checked(image.Pixels.Length * 4)];
        Decode(path, codec, SKColorType.Rgba8888, SKAlphaType.Premul, rgba);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            int luma = (299 * rgba[4 * i]) + (587 * rgba[(4 * i) + 1]) + (114 * rgba[(4 * i) + 2]);
            image.Pixels[i] = (byte)((luma + 500) / 1000);
        }
        return image;
    }

    private static void Decode(string path, SKCodec codec, SKColorType color, SKAlphaType alpha, byte[] pixels)
    {
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, color, alpha);
        GCHandle handle = GCHandle.Alloc(pixels, GCHandleType.Pinned);
        try
        {
            SKCodecResult result = codec.GetPixels(info, handle.AddrOfPinnedObject());
            if (result != SKCodecResult.Success)
                throw new UserException($"{path}: the picture is damaged ({result})");
        }
        finally
        {
            handle.Free();
        }
    }
}
