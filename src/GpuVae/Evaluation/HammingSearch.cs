using System.Numerics;

namespace GpuVae.Evaluation;

/// <summary>A code that a search found.</summary>
/// <param name="Index">Which one of the codes searched.</param>
/// <param name="Distance">Bits in which it differs from the query.</param>
public readonly record struct Neighbor(int Index, int Distance);

/// <summary>
/// Finds the codes nearest to a query by Hamming distance, the population count of the exclusive or. Every code is
/// looked at once: distances are bits + 1 small numbers, so they are counted, not compared, and the nearest are
/// put in order by a counting sort (Knuth 1998, "The art of computer programming" volume 3, section 5.2). Searches allocate
/// nothing; one instance serves one thread.
/// </summary>
public sealed class HammingSearch
{
    private readonly BitCodes _codes;
    private readonly ushort[] _distances; // (N)
    private readonly int[] _counts;       // (bits + 1): codes at each distance, later where the next one goes

    /// <summary>Takes memory for the distances.</summary>
    /// <param name="codes">What is searched; at most 65,535 bits a code.</param>
    public HammingSearch(BitCodes codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(codes.Bits, ushort.MaxValue, nameof(codes));
        _codes = codes;
        _distances = new ushort[codes.Count];
        _counts = new int[codes.Bits + 1];
    }

    /// <summary>(N), the distances that the last search found.</summary>
    public ReadOnlySpan<ushort> Distances => _distances;

    /// <summary>Finds the nearest codes in the order of distance, those of equal distance in the order of index.</summary>
    /// <param name="query">(<see cref="BitCodes.WordsPerCode"/>), packed like the codes.</param>
    /// <param name="nearest">(k), where they go; k at most the number of codes.</param>
    /// <exception cref="ArgumentException">The query has another number of words, or k is too large.</exception>
    public void Find(ReadOnlySpan<ulong> query, Span<Neighbor> nearest)
    {
        if (query.Length != _codes.WordsPerCode)
        {
            throw new ArgumentException(
                $"A query of {query.Length} words for codes of {_codes.WordsPerCode}.", nameof(query));
        }
        if (nearest.Length > _codes.Count)
            throw new ArgumentException($"{nearest.Length} nearest of {_codes.Count} codes.", nameof(nearest));

        // 1. All distances, and how many codes have each.
        Array.Clear(_counts);
        if (query.Length == 1)
            MeasureSingleWords(query[0]);
        else
            Measure(query);
        int[] counts = _counts;
        foreach (ushort distance in _distances)
            counts[distance]++;

        // 2. Where the codes of each distance begin in the sorted order.
        int begin = 0;
        int largest = -1; // distance among the nearest
        for (int distance = 0; distance < _counts.Length && begin < nearest.Length; distance++)
        {
            int count = _counts[distance];
            _counts[distance] = begin;
            begin += count;
            largest = distance;
        }

        // 3. Each code to its place, as far as it is among the nearest.
        ReadOnlySpan<ushort> distances = _distances;
        for (int i = 0, left = nearest.Length; left > 0; i++)
        {
            int distance = distances[i];
            if (distance > largest)
                continue;
            int position = _counts[distance]++;
            if (position >= nearest.Length)
                continue;
            nearest[position] = new Neighbor(i, distance);
            left--;
        }
    }

    private void MeasureSingleWords(ulong query)
    {
        ReadOnlySpan<ulong> words = _codes.Words;
        Span<ushort> distances = _distances.AsSpan(0, words.Length);
        for (int i = 0; i < words.Length; i++)
            distances[i] = (ushort)BitOperations.PopCount(words[i] ^ query);
    }

    private void Measure(ReadOnlySpan<ulong> query)
    {
        ReadOnlySpan<ulong> words = _codes.Words;
        for (int i = 0; i < _distances.Length; i++)
        {
            ReadOnlySpan<ulong> code = words.Slice(i * query.Length, query.Length);
            int distance = 0;
            for (int word = 0; word < query.Length; word++)
                distance += BitOperations.PopCount(code[word] ^ query[word]);
            _distances[i] = (ushort)distance;
        }
    }
}
