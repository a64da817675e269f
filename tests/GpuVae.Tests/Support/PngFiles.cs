using System.Buffers.Binary;
using System.IO.Compression;

namespace GpuVae.Tests.Support;

/// <summary>Changes PNG files and keeps their checksums right, so that a decoder looks further than those.</summary>
internal static class PngFiles
{
    private const int SignatureLength = 8;
    private const int SizeOffset = 16;

    /// <summary>The picture with another size in its header.</summary>
    public static byte[] WithSize(byte[] png, uint width, uint height)
    {
        byte[] changed = [.. png];
        BinaryPrimitives.WriteUInt32BigEndian(changed.AsSpan(SizeOffset), width);
        BinaryPrimitives.WriteUInt32BigEndian(changed.AsSpan(SizeOffset + 4), height);
        return MendChecksums(changed);
    }

    /// <summary>
    /// Sets the checksum of each chunk (length, type, content, CRC-32 of type and content) as far as chunks can be told.
    /// </summary>
    public static byte[] MendChecksums(byte[] png)
    {
        int start = SignatureLength;
        while (start + 12 <= png.Length)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(start));
            if (length > png.Length - start - 12)
                break;
            Span<byte> checkedBytes = png.AsSpan(start + 4, 4 + (int)length);
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(start + 8 + (int)length), Crc32(checkedBytes));
            start += 12 + (int)length;
        }
        return png;
    }

    /// <summary>The picture with one more chunk behind its header.</summary>
    /// <param name="png">A whole file.</param>
    /// <param name="type">Four letters.</param>
    /// <param name="content">What it holds.</param>
    public static byte[] WithChunk(byte[] png, string type, byte[] content)
    {
        const int HeaderEnd = SignatureLength + 12 + 13;
        return MendChecksums([.. png[..HeaderEnd], .. Chunk(type, content), .. png[HeaderEnd..]]);
    }

    /// <summary>A grey picture of 16 bits a pixel.</summary>
    public static byte[] Deep(int width, int height, params ReadOnlySpan<ushort> pixels)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 16;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int i = 0; i < pixels.Length; i++)
            {
                if (i % width == 0)
                    zlib.WriteByte(0); // Each row begins with its filter: none.
                zlib.Write([(byte)(pixels[i] >> 8), (byte)pixels[i]]);
            }
        }
        return MendChecksums(
        [
            0x89, .. "PNG\r\n\x1a\n"u8, .. Chunk("IHDR", header), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", []),
        ]);
    }

    // The checksum is left to be mended.
    private static byte[] Chunk(string type, byte[] content)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        return [.. length, .. System.Text.Encoding.ASCII.GetBytes(type), .. content, 0, 0, 0, 0];
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }
        return ~crc;
    }
}
