using System.Collections.Concurrent;
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

    private static readonly ConcurrentDictionary<string, bool> _underWay = new();

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
        using var begun = Begin(temporary);
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

    /// <summary>
    /// Fills a folder: one that is not there yet appears whole or not at all, as <see cref="Write"/> has it; into one that is there
    /// files are written one by one.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="fill">Writes files into the folder that it is given.</param>
    /// <exception cref="UserException">The folder cannot be made, or a file not be written.</exception>
    public static void WriteFolder(string path, Action<string> fill)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(fill);
        path = Path.TrimEndingDirectorySeparator(path);
        bool isThere = Directory.Exists(path);
        string folder = isThere ? path : TemporaryName(path);
        using Writing? begun = isThere ? null : Begin(folder);
        try
        {
            Directory.CreateDirectory(folder);
            fill(folder);
            if (!isThere)
                Directory.Move(folder, path);
        }
        catch (Exception exception)
        {
            if (!isThere)
                TryDelete(folder);
            // The reason names the temporary folder, which nobody knows.
            string reason = InputFile.Reason(exception).Replace(folder, path, StringComparison.Ordinal);
            if (exception is UserException)
                throw new UserException(reason, exception);
            if (exception is IOException or UnauthorizedAccessException)
                throw new UserException($"{path}: cannot be made: {reason}", exception);
            throw;
        }
    }

    /// <summary>
    /// Takes away what this process has written under temporary names so far: for who ends it at once, as Ctrl-C does. Files that
    /// are being written come to nothing.
    /// </summary>
    public static void DropUnfinished()
    {
        foreach (string temporary in _underWay.Keys)
            TryDelete(temporary);
    }

    /// <summary>Lets <see cref="DropUnfinished"/> know of a temporary name until the writing is over.</summary>
    internal static Writing Begin(string temporary)
    {
        string full = Path.GetFullPath(temporary);
        _underWay[full] = true;
        return new Writing(full);
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

    /// <summary>Deletes a file or a folder, if that can be done.</summary>
    internal static void TryDelete(string path)
    {
        try
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            else
                File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to report.
        }
    }

    /// <summary>Something that is being written under a temporary name.</summary>
    internal sealed class Writing(string temporary) : IDisposable
    {
        /// <summary>The writing is over, one way or the other.</summary>
        public void Dispose() => _underWay.TryRemove(temporary, out _);
    }
}
