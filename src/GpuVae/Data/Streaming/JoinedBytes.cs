using System.IO.Hashing;

namespace GpuVae.Data;

/// <summary>Streamed examples of one size, one part behind the other.</summary>
internal sealed class JoinedBytes : StreamedBytes
{
    private readonly StreamedBytes[] _parts;
    private readonly int[] _ends; // of each part, among all examples

    /// <summary>Joins them.</summary>
    /// <param name="memory">As of <see cref="StreamedBytes.Memory"/>.</param>
    /// <param name="parts">At least one.</param>
    /// <exception cref="OverflowException">They are more examples than can be counted.</exception>
    public JoinedBytes(long memory, params StreamedBytes[] parts)
        : base(checked(parts.Sum(part => part.Count)), parts[0].Length, memory)
    {
        _parts = parts;
        int end = 0;
        _ends = [.. parts.Select(part => end += part.Count)];
    }

    /// <inheritdoc/>
    public override ByteSummary Summary => new(
        XxHash128.Hash([.. _parts.SelectMany(part => part.Summary.Hash)]),
        [.. Enumerable.Range(0, 256).Select(value => Array.Exists(_parts, part => part.Summary.Occurs[value]))]);

    /// <inheritdoc/>
    public override void Read(int first, Span<byte> destination)
    {
        // The first part that ends behind it.
        int number = Array.BinarySearch(_ends, first);
        for (number = number < 0 ? ~number : number + 1; destination.Length > 0; number++)
        {
            int here = Math.Min(_ends[number] - first, destination.Length / Length);
            StreamedBytes part = _parts[number];
            part.Read(first - (_ends[number] - part.Count), destination[..(here * Length)]);
            destination = destination[(here * Length)..];
            first += here;
        }
    }
}
