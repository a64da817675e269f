using System.Security.Cryptography;
using GpuVae.Tests.Support;

namespace GpuVae.Tests.CommandLine;

/// <summary>A temporary folder to run in, with tiny data in <c>tiny</c>: 24 and 12 images of 6×5 pixels.</summary>
internal sealed class Workplace : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Makes the folder.</summary>
    public Workplace()
    {
        Directory.CreateDirectory(In("tiny"));
        Put("tiny/train-images-idx3-ubyte", IdxFiles.BuildImages(24, 6, 5));
        Put("tiny/train-labels-idx1-ubyte", IdxFiles.BuildLabels(24));
        Put("tiny/t10k-images-idx3-ubyte", IdxFiles.BuildImages(12, 6, 5, first: 7));
        Put("tiny/t10k-labels-idx1-ubyte", IdxFiles.BuildLabels(12));
    }

    /// <summary>Its path.</summary>
    public string Folder => _folder.FullPath;

    /// <summary>A path in the folder.</summary>
    public string In(string path) => _folder.File(path);

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
    public void Dispose() => _folder.Dispose();

    private static string Digest(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
}
