using System.Buffers.Binary;
using System.Security.Cryptography;

namespace GpuVae.Tests.CommandLine;

/// <summary>A temporary folder to run in, with tiny IDX data in <c>tiny</c>: 24 and 12 images of 6×5 pixels.</summary>
internal sealed class Workplace : IDisposable
{
    /// <summary>Makes the folder.</summary>
    public Workplace()
    {
        Folder = Directory.CreateTempSubdirectory("gpuvae-tests-").FullName;
        Directory.CreateDirectory(In("tiny"));
        Put("tiny/train-images-idx3-ubyte", Images(24, 6, 5));
        Put("tiny/train-labels-idx1-ubyte", Labels(24));
        Put("tiny/t10k-images-idx3-ubyte", Images(12, 6, 5));
        Put("tiny/t10k-labels-idx1-ubyte", Labels(12));
    }

    /// <summary>Its path.</summary>
    public string Folder { get; }

    /// <summary>The content of an IDX file of images: a bar that moves over a dark ground.</summary>
    public static byte[] Images(int count, int height, int width)
    {
        byte[] file = Header(0x803, count, height, width, count * height * width);
        for (int i = 0; i < count; i++)
        {
            for (int row = 0; row < height; row++)
            {
                file[16 + (((i * height) + row) * width) + ((i + row) % width)] = 255;
            }
        }

        return file;
    }

    /// <summary>The content of an IDX file of labels.</summary>
    public static byte[] Labels(int count)
    {
        byte[] file = new byte[8 + count];
        BinaryPrimitives.WriteInt32BigEndian(file, 0x801);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4), count);
        return file;
    }

    /// <summary>The header of an IDX file of images, with room for pixels behind it.</summary>
    public static byte[] Header(int magic, int count, int height, int width, int room)
    {
        byte[] file = new byte[16 + room];
        BinaryPrimitives.WriteInt32BigEndian(file, magic);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4), count);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(8), height);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(12), width);
        return file;
    }

    /// <summary>A path in the folder.</summary>
    public string In(string path) => Path.Combine(Folder, path);

    /// <summary>Writes a file.</summary>
    public void Put(string path, byte[] content) => File.WriteAllBytes(In(path), content);

    /// <summary>Every file and folder with a digest of what it holds: equal before and after means untouched.</summary>
    public string[] Snapshot() =>
    [
        .. Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path => $"{path} {(File.Exists(path) ? Digest(path) : "folder")}"),
    ];

    /// <summary>Takes the folder away.</summary>
    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string Digest(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
}
