using System.Buffers.Binary;

namespace GpuVae.Tests.Support;

/// <summary>Small whole pictures of kinds that the drawing library reads and does not write.</summary>
internal static class OtherPictures
{
    /// <summary>A WebP picture with a note in a chunk EXIF, for which the format wants a header VP8X that announces it.</summary>
    /// <param name="webp">A whole file: RIFF, its length, WEBP, chunks, the first of them the header where it has one.</param>
    /// <param name="width">In pixels, as stored.</param>
    /// <param name="height">In pixels, as stored.</param>
    /// <param name="note">What the chunk holds; of even length.</param>
    public static byte[] WithExif(byte[] webp, int width, int height, byte[] note)
    {
        bool hasHeader = webp.AsSpan(12).StartsWith("VP8X"u8);
        byte flags = (byte)(8 | (hasHeader ? webp[20] : 0));
        byte[] header = [flags, 0, 0, 0, (byte)(width - 1), 0, 0, (byte)(height - 1), 0, 0];
        byte[] content =
        [
            .. "WEBPVP8X"u8, .. Int32(header.Length), .. header, .. webp[(hasHeader ? 30 : 12)..],
            .. "EXIF"u8, .. Int32(note.Length), .. note,
        ];
        return [.. "RIFF"u8, .. Int32(content.Length), .. content];
    }

    /// <summary>A BMP picture of 24 bits a pixel, all of one colour.</summary>
    public static byte[] Bmp(int width, int height, byte red, byte green, byte blue)
    {
        int stride = ((3 * width) + 3) / 4 * 4;
        var pixels = new byte[stride * height];
        for (int y = 0; y < height; y++)
        {
            byte[] colour = [blue, green, red];
            for (int x = 0; x < 3 * width; x++)
                pixels[(y * stride) + x] = colour[x % 3];
        }
        return
        [
            .. "BM"u8, .. Int32(54 + pixels.Length), .. Int32(0), .. Int32(54),
            .. Int32(40), .. Int32(width), .. Int32(height), 1, 0, 24, 0, .. Int32(0), .. Int32(pixels.Length), .. new byte[16],
            .. pixels,
        ];
    }

    /// <summary>A GIF picture of frames that each have one of 128 shades of grey all over; at most 100 pixels.</summary>
    public static byte[] Gif(int width, int height, params ReadOnlySpan<byte> shades)
    {
        // A palette of 128 colours, and codes of 8 bits: the table does not grow beyond that with so few pixels.
        List<byte> file = [.. "GIF89a"u8, (byte)width, 0, (byte)height, 0, 0xF6, 0, 0];
        for (int i = 0; i < 128; i++)
            file.AddRange([(byte)(2 * i), (byte)(2 * i), (byte)(2 * i)]);
        foreach (byte shade in shades)
        {
            file.AddRange([0x21, 0xF9, 4, 0, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0, (byte)width, 0, (byte)height, 0, 0, 7]);
            byte[] codes = [0x80, .. Enumerable.Repeat((byte)(shade / 2), width * height), 0x81];
            file.AddRange([(byte)codes.Length, .. codes, 0]);
        }
        return [.. file, 0x3B];
    }

    /// <summary>An ICO file with one PNG picture in it.</summary>
    public static byte[] Ico(int width, int height, byte[] png) =>
        [0, 0, 1, 0, 1, 0, (byte)width, (byte)height, 0, 0, 1, 0, 32, 0, .. Int32(png.Length), .. Int32(22), .. png];

    private static byte[] Int32(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
