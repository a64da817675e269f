using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>Examples that follow each other in a file.</summary>
internal sealed class FileBytes : StreamedBytes
{
    private readonly string _path;
    private readonly FileStream _file;
    private readonly long _start;
    private readonly DateTime _written;
    private readonly Lazy<ByteSummary> _summary;

    /// <summary>Opens the file, which stays open as long as anything refers to this.</summary>
    /// <param name="path">The file.</param>
    /// <param name="start">Bytes before the first example.</param>
    /// <param name="count">N.</param>
    /// <param name="length">D.</param>
    /// <param name="memory">Bytes of memory that may be taken at a time.</param>
    /// <exception cref="DataException">It cannot be opened.</exception>
    public FileBytes(string path, long start, int count, int length, long memory)
        : this(path, Open(path), start, count, length, memory)
    {
    }

    /// <summary>Takes a file that is open.</summary>
    /// <param name="path">What messages call it.</param>
    /// <param name="file">The file.</param>
    /// <param name="start">Bytes before the first example.</param>
    /// <param name="count">N.</param>
    /// <param name="length">D.</param>
    /// <param name="memory">Bytes of memory that may be taken at a time.</param>
    public FileBytes(string path, FileStream file, long start, int count, int length, long memory)
        : base(count, length, memory)
    {
        (_path, _file, _start) = (path, file, start);
        _written = File.GetLastWriteTimeUtc(file.SafeFileHandle);
        _summary = new Lazy<ByteSummary>(() => ByteSummary.Of((long)count * length, (first, bytes) => ReadAt(first, bytes.Span)));
    }

    /// <inheritdoc/>
    public override ByteSummary Summary => _summary.Value;

    /// <inheritdoc/>
    public override void Read(int first, Span<byte> destination) => ReadAt((long)first * Length, destination);

    private static FileStream Open(string path)
    {
        try
        {
            return InputFile.Open(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be opened: {InputFile.Reason(exception)}", exception);
        }
    }

    // By place, and not through the stream, whose position threads would fight for.
    private void ReadAt(long first, Span<byte> destination)
    {
        try
        {
            // Another file under the name is none of ours; this one is to stay what its fingerprint says.
            if (File.GetLastWriteTimeUtc(_file.SafeFileHandle) != _written)
                throw Changed();
            while (destination.Length > 0)
            {
                int read = RandomAccess.Read(_file.SafeFileHandle, destination, _start + first);
                if (read == 0)
                    throw Changed();
                destination = destination[read..];
                first += read;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{_path}: cannot be read any more: {exception.Message}", exception);
        }
    }

    private DataException Changed() =>
        new($"{_path}: changed while it was read; put back what was there, and go on with what was saved");
}
