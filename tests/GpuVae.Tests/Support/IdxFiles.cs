using System.Buffers.Binary;
using System.IO.Compression;

namespace GpuVae.Tests.Support;

/// <summary>Builds small IDX files, whole and damaged.</summary>
internal static class IdxFiles
{
    /// <summary>The magic number of images.</summary>
    public const uint Images = 0x803;

    /// <summary>The magic number of labels.</summary>
    public const uint Labels = 0x801;

    /// <summary>An IDX file: the magic number, the sizes as given, true or not, and the elements.</summary>
    public static byte[] Build(uint magic, uint[] sizes, params byte[] elements)
    {
        var bytes = new byte[4 + (4 * sizes.Length) + elements.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, magic);
        for (int i = 0; i < sizes.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 + (4 * i)), sizes[i]);
        elements.CopyTo(bytes, 4 + (4 * sizes.Length));
        return bytes;
    }

    /// <summary>Images whose pixels count upwards from <paramref name="first"/>, modulo 256.</summary>
    public static byte[] BuildImages(int count, int height, int width, int first = 0) =>
        Build(Images, [(uint)count, (uint)height, (uint)width], Counting(count * height * width, first));

    /// <summary>Labels that count upwards from 0, modulo 10.</summary>
    public static byte[] BuildLabels(int count) =>
        Build(Labels, [(uint)count], [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))]);

    /// <summary>Bytes that count upwards from <paramref name="first"/>, modulo 256.</summary>
    public static byte[] Counting(int length, int first = 0) =>
        [.. Enumerable.Range(first, length).Select(i => (byte)i)];

    /// <summary>The same bytes as a gzip file.</summary>
    public static byte[] Gzip(byte[] bytes, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, level))
            gzip.Write(bytes);
        return buffer.ToArray();
    }

    /// <summary>A data set of <paramref name="count"/> images to train with and as many to test, labelled.</summary>
    public static void WriteSet(TemporaryFolder folder, int count, int height, int width)
    {
        File.WriteAllBytes(folder.File("train-images-idx3-ubyte"), BuildImages(count, height, width));
        File.WriteAllBytes(folder.File("train-labels-idx1-ubyte"), BuildLabels(count));
        File.WriteAllBytes(folder.File("t10k-images-idx3-ubyte"), BuildImages(count, height, width, first: 7));
        File.WriteAllBytes(folder.File("t10k-labels-idx1-ubyte"), BuildLabels(count));
    }
}
