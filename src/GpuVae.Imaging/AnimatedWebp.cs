using System.Buffers.Binary;
using GpuVae.Files;
using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>
/// Pictures one after the other as a WebP file that plays without an end (RFC 9649, 2.7): each frame is the chunk that the encoder makes
/// of a picture, without loss.
/// </summary>
internal static class AnimatedWebp
{
    private const int ChunkHead = 8, FileHead = 12;
    private const byte IsAnimated = 0x02, DoesNotBlend = 0x02;
    private const int Effort = 30; // of 100

    /// <summary>The frame that ends it stays so many times as long as the others.</summary>
    private const int LastStays = 6;

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pictures">Picture files of one size; those of another than the first are left out.</param>
    /// <param name="duration">How long a picture stays.</param>
    /// <exception cref="UserException">A picture cannot be read, or the file not be written.</exception>
    public static void Write(string path, IReadOnlyList<string> pictures, TimeSpan duration)
    {
        List<byte[]> frames = [];
        SKSizeI size = default;
        foreach (string picture in pictures)
        {
            using SKBitmap bitmap = Read(picture);
            if (frames.Count == 0)
                size = bitmap.Info.Size;
            if (bitmap.Info.Size == size)
                frames.Add(Encode(bitmap));
        }
        AtomicFile.Write(path, stream =>
        {
            using var content = new MemoryStream();
            content.Write("WEBP"u8);
            WriteChunk(content, "VP8X"u8, [IsAnimated, 0, 0, 0, .. Three(size.Width - 1), .. Three(size.Height - 1)]);
            WriteChunk(content, "ANIM"u8, new byte[6]); // a black ground, and no end
            for (int i = 0; i < frames.Count; i++)
            {
                int time = (int)duration.TotalMilliseconds * (i == frames.Count - 1 ? LastStays : 1);
                WriteChunk(
                    content, "ANMF"u8,
                    [.. Three(0), .. Three(0), .. Three(size.Width - 1), .. Three(size.Height - 1), .. Three(time), DoesNotBlend, .. frames[i]]);
            }
            WriteChunk(stream, "RIFF"u8, content.GetBuffer().AsSpan(0, (int)content.Length));
        });
    }

    private static SKBitmap Read(string path)
    {
        using FileStream file = InputFile.Open(path);
        return SKBitmap.Decode(file) ?? throw new UserException($"{path}: is no picture");
    }

    /// <summary>The chunk with the picture's pixels, out of a file of its own.</summary>
    private static byte[] Encode(SKBitmap bitmap)
    {
        using SKPixmap pixels = bitmap.PeekPixels();
        using SKData file = pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, Effort))
            ?? throw new InvalidOperationException($"A picture of {bitmap.Width}×{bitmap.Height} pixels cannot be encoded.");
        return PictureOf(file.AsSpan());
    }

    /// <summary>The chunk with the pixels of a lossless file; profiles and the like are left behind.</summary>
    internal static byte[] PictureOf(ReadOnlySpan<byte> file)
    {
        for (ReadOnlySpan<byte> rest = file[FileHead..]; rest.Length > ChunkHead;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest[4..]);
            int padded = ChunkHead + length + (length & 1);
            if (rest.StartsWith("VP8L"u8))
                return rest[..padded].ToArray();
            rest = rest[padded..];
        }
        throw new InvalidOperationException("The encoder made no lossless picture.");
    }

    /// <summary>A chunk ends at an even place.</summary>
    internal static void WriteChunk(Stream stream, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, content.Length);
        stream.Write(name);
        stream.Write(length);
        stream.Write(content);
        if (content.Length % 2 == 1)
            stream.WriteByte(0);
    }

    private static byte[] Three(int number) => [(byte)number, (byte)(number >> 8), (byte)(number >> 16)];
}
