namespace GpuVae.AspNetCore;

/// <summary>By what a changed file is told from the one before.</summary>
/// <param name="Time">When it was last written; the default where it is not there.</param>
/// <param name="Length">In bytes; −1 where it is not there.</param>
/// <param name="Target">The file that a link leads to in the end, so that a link that was moved to another file counts.</param>
internal readonly record struct FileStamp(DateTime Time, long Length, string? Target)
{
    private static readonly FileStamp _missing = new(default, -1, null);

    /// <summary>Whether there is a file.</summary>
    public bool Exists => Length >= 0;

    /// <summary>Looks at a file.</summary>
    public static FileStamp Of(string path)
    {
        try
        {
            FileSystemInfo? target = File.ResolveLinkTarget(path, returnFinalTarget: true);
            var file = new FileInfo(target?.FullName ?? path);
            return file.Exists ? new FileStamp(file.LastWriteTimeUtc, file.Length, target?.FullName) : _missing;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return _missing;
        }
    }
}
