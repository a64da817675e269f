using System.Text.Json;

namespace GpuVae.Files;

/// <summary>
/// Writes a file whole or not at all: to a temporary file in the same folder, flushed to the disk, then renamed, and the
/// folder flushed as well. A crash leaves the old file or the new one. A link of that name is replaced, never followed.
/// </summary>
public static class AtomicFile
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
    /// <exception cref="UserException">
    /// The file cannot be written; the old one is as it was. Where only the folder could not be brought to the disk, the new
    /// one is there, whole, and a power cut may bring the old one back.
    /// </exception>
    public static void Write(string path, Action<Stream> write, string? previous = null)
    {
        ArgumentNullException.ThrowIfNull(write);
        string temporary = TemporaryName(path);
        try
        {
            using var folder = OpenFolder.ToWrite(Path.GetDirectoryName(Path.GetFullPath(path))!);
            Disk.Write(() =>
            {
                using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
                write(stream);
                Disk.Flush(stream);
            });
            if (previous is not null && FileEntry.Of(path).Kind != EntryKind.Missing)
                File.Replace(temporary, path, previous);
            else
                File.Move(temporary, path, overwrite: true);
            folder.Flush();
        }
        catch (Exception exception)
        {
            TryDelete(temporary);
            if (exception is IOException or UnauthorizedAccessException)
            {
                // The reason names the temporary file, which nobody knows.
                string reason = InputFile.Reason(exception).Replace(temporary, path, StringComparison.Ordinal);
                throw new UserException($"{path}: cannot be written: {reason}", exception);
            }
            throw;
        }
    }

    /// <summary>A name beside a file's own, which nobody has.</summary>
    internal static string TemporaryName(string path) => $"{path}.{Guid.NewGuid():N}{Ending}";

    /// <summary>The name of the file that a name was temporary for, as a kill leaves it behind; null for any other name.</summary>
    internal static string? FinalName(string path)
    {
        string name = Path.GetFileName(path);
        string? final = null;
        // A new file is written under a temporary name, and that one atomically too.
        while (name.EndsWith(Ending, StringComparison.Ordinal)
            && name.Length > RandomPartLength + Ending.Length + 1
            && name[^(RandomPartLength + Ending.Length + 1)] == '.'
            && name[^(RandomPartLength + Ending.Length)..^Ending.Length].All(char.IsAsciiHexDigitLower))
        {
            final = name = name[..^(RandomPartLength + Ending.Length + 1)];
        }
        return final;
    }

    /// <summary>Takes away temporary files that a kill has left.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="isOwn">Whether a final name is one to tidy up for: no others are touched.</param>
    /// <exception cref="IOException">One cannot be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be deleted.</exception>
    public static void DeleteTemporary(string folder, Predicate<string> isOwn)
    {
        ArgumentNullException.ThrowIfNull(isOwn);
        foreach (string file in Directory.EnumerateFiles(folder, $"*{Ending}"))
        {
            if (FinalName(file) is string name && isOwn(name))
                File.Delete(file);
        }
    }

    /// <summary>Writes or replaces a file of JSON, indented.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes one value.</param>
    /// <exception cref="UserException">As for <see cref="Write"/>.</exception>
    internal static void WriteJson(string path, Action<Utf8JsonWriter> write) => Write(path, stream =>
    {
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            write(json);
        stream.WriteByte((byte)'\n');
    });

    /// <summary>Deletes a file, if that can be done.</summary>
    internal static void TryDelete(string path)
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
