using System.Numerics;
using System.Runtime.InteropServices;

namespace GpuVae.Distributed;

/// <summary>
/// Σᵣ wᵣ xᵣ over the ranks r, added from rank 0 on: the same bits for the same number of ranks, whatever carries the messages and
/// however the ranks are spread over machines, which a library's own sums do not promise.
/// </summary>
/// <remarks>
/// Every rank adds up one part and gives it to the others: a reduce-scatter and an all-gather, 2 (n − 1)/n of the values over each
/// rank's wire, the least that there can be (Patarasuk and Yuan 2009, "Bandwidth optimal all-reduce algorithms for clusters of
/// workstations", section 3).
/// </remarks>
internal sealed class OrderedSum
{
    // Floats at once: what a library counts in bytes with 32 bits has room for them.
    private const int Most = 1 << 26;

    private readonly ICommunicator _ranks;
    private readonly int[] _bounds;
    private readonly float[] _parts;
    private readonly float[] _sum;

    /// <summary>Takes memory for up to <paramref name="length"/> values.</summary>
    public OrderedSum(ICommunicator ranks, int length)
    {
        _ranks = ranks;
        _bounds = new int[ranks.Size + 1];
        int largest = (Math.Min(length, Most) / ranks.Size) + 1;
        // Pinned: a library may have to register what it sends.
        _sum = GC.AllocateUninitializedArray<float>(largest, pinned: true);
        _parts = GC.AllocateUninitializedArray<float>(checked(largest * ranks.Size), pinned: true);
    }

    /// <summary>Puts the sum into the place of the values, on every rank.</summary>
    /// <param name="values">xᵣ.</param>
    /// <param name="weights">wᵣ, a weight for each rank, known to all.</param>
    public void Sum(Span<float> values, ReadOnlySpan<float> weights)
    {
        for (int first = 0; first < values.Length; first += Most)
            SumAtOnce(values.Slice(first, Math.Min(Most, values.Length - first)), weights);
    }

    private void SumAtOnce(Span<float> values, ReadOnlySpan<float> weights)
    {
        for (int rank = 0; rank < _bounds.Length; rank++)
            _bounds[rank] = (int)((long)values.Length * rank / _ranks.Size);
        int length = _bounds[_ranks.Rank + 1] - _bounds[_ranks.Rank];
        Span<float> parts = _parts.AsSpan(0, length * _ranks.Size), sum = _sum.AsSpan(0, length);
        _ranks.Exchange(values, _bounds, parts);
        for (int rank = 0; rank < _ranks.Size; rank++)
            Add(parts.Slice(rank * length, length), weights[rank], sum, isFirst: rank == 0);
        _ranks.GatherParts(sum, _bounds, values);
    }

    /// <summary>sum = w·x, or sum + w·x: a product and a sum, each rounded, as it is at every width of vectors.</summary>
    private static void Add(ReadOnlySpan<float> x, float weight, Span<float> sum, bool isFirst)
    {
        ReadOnlySpan<Vector<float>> xs = MemoryMarshal.Cast<float, Vector<float>>(x);
        Span<Vector<float>> sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        for (int i = 0; i < xs.Length; i++)
            sums[i] = isFirst ? xs[i] * weight : sums[i] + (xs[i] * weight);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++)
            sum[i] = isFirst ? x[i] * weight : sum[i] + (x[i] * weight);
    }
}
