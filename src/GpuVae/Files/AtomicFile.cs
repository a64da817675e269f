using System.Text.Json;

namespace GpuVae.Files;

/// <summary>
/// Writes a file whole or not at all: to a temporary file in the same folder, flushed to the disk, then renamed. A
/// crash leaves the old file or the new one.
/// </summary>
internal static class AtomicFile
{
    /// <summary>Writes or replaces the file at <paramref name="path"/>.</summary>
    /// <exception cref="UserException">The file cannot be written; the old one is as it was.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
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
}
