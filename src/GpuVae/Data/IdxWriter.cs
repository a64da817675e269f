using System.Buffers.Binary;
using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>Writes IDX files of images, as <see cref="IdxReader"/> reads them.</summary>
public static class IdxWriter
{
    /// <summary>Writes unsigned bytes (N, height, width), or (N, height, width, 3); a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write, plain.</param>
    /// <param name="pixels">N images, the channels of a pixel side by side.</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns of an image.</param>
    /// <param name="channels">1 or 3.</param>
    /// <exception cref="ArgumentException">There are other channels, or no whole number of images.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void WriteImages(string path, ReadOnlyMemory<byte> pixels, int height, int width, int channels = 1)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (channels is not (1 or 3))
            throw new ArgumentException($"A pixel of {channels} channels has no form in IDX files of images.", nameof(channels));
        int size = checked(height * width * channels);
        if (size < 1 || pixels.Length % size != 0)
            throw new ArgumentException($"{pixels.Length} bytes are no images of {height}×{width}×{channels}.", nameof(pixels));
        uint magic = channels == 1 ? IdxReader.ImageMagic : IdxReader.ColouredMagic;
        uint[] words = [magic, (uint)(pixels.Length / size), (uint)height, (uint)width, .. channels == 1 ? [] : (uint[])[3]];
        var header = new byte[sizeof(uint) * words.Length];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(sizeof(uint) * i), words[i]);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            stream.Write(pixels.Span);
        });
    }
}
