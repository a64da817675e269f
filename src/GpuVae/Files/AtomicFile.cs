using System.Runtime.InteropServices;
using System.Text.Json;

namespace GpuVae.Files;

/// <summary>
/// Writes a file whole or not at all: to a temporary file in the same folder, flushed to the disk, then renamed, and the
/// folder flushed as well. A crash leaves the old file or the new one.
/// </summary>
internal static partial class AtomicFile
{
    private const string Ending = ".tmp";
    private const int RandomPartLength = 32;

    /// <summary>Writes or replaces the file at <paramref name="path"/>.</summary>
    /// <param name="path">Its final name.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="previous">
    /// The name that the file of before gets; null drops it. At any instant there is a whole file at
    /// <paramref name="path"/>.
    /// </param>
    /// <exception cref="UserException">The file cannot be written; the old one is as it was.</exception>
    public static void Write(string path, Action<Stream> write, string? previous = null)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}{Ending}";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            if (previous is not null && File.Exists(path))
                File.Replace(temporary, path, previous);
            else
                File.Move(temporary, path, overwrite: true);
            FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception exception)
        {
            TryDelete(temporary);
            if (exception is IOException or UnauthorizedAccessException)
            {
                // The reason names the temporary file, which nobody knows.
                string reason = exception.Message.Replace(temporary, path, StringComparison.Ordinal);
                throw new UserException($"{path}: cannot be written: {reason}", exception);
            }
            throw;
        }
    }

    /// <summary>Whether a name is one that a kill in the middle of writing leaves behind.</summary>
    public static bool IsTemporary(string path)
    {
        string name = Path.GetFileName(path);
        return name.EndsWith(Ending, StringComparison.Ordinal)
            && name.Length > RandomPartLength + Ending.Length
            && name[^(RandomPartLength + Ending.Length)..^Ending.Length].All(char.IsAsciiHexDigitLower);
    }

    /// <summary>Writes or replaces a file of JSON, indented.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes one value.</param>
    /// <exception cref="UserException">The file cannot be written; the old one is as it was.</exception>
    public static void WriteJson(string path, Action<Utf8JsonWriter> write) => Write(path, stream =>
    {
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            write(json);
        stream.WriteByte((byte)'\n');
    });

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to report.
        }
    }

    /// <summary>
    /// Brings the names in a folder to the disk: a rename is not there after a power cut before its folder is flushed, and
    /// the class library flushes files only. Windows keeps names in a journal. A file system that refuses is left alone:
    /// the content of the files is on the disk already.
    /// </summary>
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(folder, flags: 0);
        if (descriptor < 0)
            return;
        _ = Synchronize(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
