namespace GpuVae.Files;

/// <summary>Opens a file to read from its start to its end, and refuses what has no length to check sizes against.</summary>
internal static class InputFile
{
    private const int BufferSize = 1 << 16;

    /// <summary>Opens the file at <paramref name="path"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="share">What others may do with it meanwhile; Windows holds them to it.</param>
    /// <exception cref="IOException">It is missing, a folder, a pipe or no path at all.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream Open(string path, FileShare share = FileShare.Read)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
            throw new IOException("this is no file's name");
        EntryKind kind = FileEntry.Of(path, followsLinks: true).Kind;
        if (kind == EntryKind.Missing)
            throw new FileNotFoundException("there is no such file", path);
        if (kind == EntryKind.Folder)
            throw new IOException("it is a folder, and a file is needed");
        // Before it is opened: a pipe would wait for a writer.
        if (kind == EntryKind.Other)
            throw new IOException("it is a pipe, a socket or a device, and a regular file is needed");
        FileStream stream = OpenRegular(path, share);
        if (stream.CanSeek)
            return stream;
        stream.Dispose();
        throw new IOException("it is a pipe, a socket or a device, and a regular file is needed");
    }

    /// <summary>Why a file or folder could not be used, in words that do not repeat its path.</summary>
    public static string Reason(Exception exception) => exception switch
    {
        UnauthorizedAccessException => "permission is denied, or a folder has that name",
        DirectoryNotFoundException => "there is no such folder",
        _ => exception.Message,
    };

    /// <summary>All bytes of a file that is small by nature.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <exception cref="IOException">As for <see cref="Open"/>, or the file is larger.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] ReadSmall(string path, int most)
    {
        using FileStream stream = Open(path);
        if (stream.Length > most)
            throw new IOException($"it has {stream.Length} bytes, and at most {most} are expected");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static FileStream OpenRegular(string path, FileShare share)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, share, BufferSize, FileOptions.SequentialScan);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new UnauthorizedAccessException("permission is denied", exception);
        }
    }
}
