using System.Buffers.Binary;

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
