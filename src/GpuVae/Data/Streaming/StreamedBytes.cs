namespace GpuVae.Data;

/// <summary>
/// Examples of bytes that are more than memory is to hold: they stay where they are, and parts of them are read as they are needed.
/// </summary>
/// <param name="count">N.</param>
/// <param name="length">D, bytes of an example.</param>
/// <param name="memory">Bytes of memory that may be taken for examples at a time.</param>
internal abstract class StreamedBytes(int count, int length, long memory)
{
    /// <summary>N, the number of examples.</summary>
    public int Count => count;

    /// <summary>D, bytes of an example.</summary>
    public int Length => length;

    /// <summary>Bytes of memory that may be taken for examples at a time.</summary>
    public long Memory => memory;

    /// <summary>What all bytes of the file are, of which these may be a part.</summary>
    public abstract ByteSummary Summary { get; }

    /// <summary>Reads examples that follow each other; several threads may.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="destination">(n, D); its length says how many.</param>
    /// <exception cref="DataException">The file cannot be read, or has become shorter.</exception>
    public abstract void Read(int first, Span<byte> destination);

    /// <summary>Each part of them in turn, read into one array: (n, D).</summary>
    /// <param name="bytes">About as many at a time.</param>
    public IEnumerable<ReadOnlyMemory<byte>> Parts(int bytes = 1 << 22)
    {
        int atOnce = Math.Clamp(bytes / length, 1, count);
        var part = new byte[(long)atOnce * length];
        for (int first = 0; first < count; first += atOnce)
        {
            Memory<byte> filled = part.AsMemory(0, Math.Min(atOnce, count - first) * length);
            Read(first, filled.Span);
            yield return filled;
        }
    }
}
