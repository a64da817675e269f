namespace GpuVae.Evaluation;

/// <summary>One point of a precision–recall curve.</summary>
/// <param name="Radius">Codes up to this Hamming distance are retrieved.</param>
/// <param name="Precision">The share of retrieved codes that have the query's label; NaN where none is retrieved.</param>
/// <param name="Recall">The share of codes with the query's label that are retrieved; NaN where there are none.</param>
public readonly record struct RetrievalPoint(int Radius, double Precision, double Recall);

/// <summary>How well Hamming search finds codes with the query's label.</summary>
/// <param name="PrecisionAtK">
/// The mean over queries of the share of the k nearest codes that have the query's label.
/// </param>
/// <param name="Curve">
/// (bits + 1) points, radius 0 … bits, each pooled over all queries (Salakhutdinov and Hinton 2009, "Semantic
/// hashing", section 3).
/// </param>
public sealed record RetrievalQuality(double PrecisionAtK, IReadOnlyList<RetrievalPoint> Curve);

/// <summary>Measures retrieval by label.</summary>
public static class RetrievalMetrics
{
    /// <summary>Searches <paramref name="codes"/> for each query. Counts are whole numbers: threads change nothing.</summary>
    /// <param name="queries">At least one.</param>
    /// <param name="queryLabels">(queries).</param>
    /// <param name="codes">What is searched, none of the queries among them; the same number of bits.</param>
    /// <param name="labels">(codes).</param>
    /// <param name="k">How many of the nearest codes precision@k looks at: 1 … codes.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static RetrievalQuality Evaluate(
        BitCodes queries, IReadOnlyList<int> queryLabels, BitCodes codes, IReadOnlyList<int> labels, int k)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(queryLabels);
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(labels);
        if (queries.Bits != codes.Bits)
            throw new ArgumentException($"Queries of {queries.Bits} bits for codes of {codes.Bits}.", nameof(queries));
        if (queryLabels.Count != queries.Count || labels.Count != codes.Count)
            throw new ArgumentException("Each code needs one label.", nameof(labels));
        ArgumentOutOfRangeException.ThrowIfZero(queries.Count, nameof(queries));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, codes.Count);

        int[] own = [.. labels];
        var sum = new Tally(codes, k);
        Parallel.For(
            0, queries.Count,
            () => new Tally(codes, k),
            (query, _, tally) =>
            {
                tally.Count(queries[query], queryLabels[query], own);
                return tally;
            },
            tally =>
            {
                lock (sum)
                    sum.Add(tally);
            });
        return new RetrievalQuality(sum.AmongNearest / ((double)k * queries.Count), sum.Curve());
    }

    /// <summary>What a thread has counted.</summary>
    private sealed class Tally(BitCodes codes, int k)
    {
        private readonly HammingSearch _search = new(codes);
        private readonly Neighbor[] _nearest = new Neighbor[k];
        private readonly long[] _retrieved = new long[codes.Bits + 1]; // at each distance
        private readonly long[] _relevant = new long[codes.Bits + 1];  // those of them with the query's label

        public long AmongNearest { get; private set; }

        public void Count(ReadOnlySpan<ulong> query, int label, int[] labels)
        {
            _search.Find(query, _nearest);
            foreach (Neighbor neighbor in _nearest)
                AmongNearest += labels[neighbor.Index] == label ? 1 : 0;
            ReadOnlySpan<ushort> distances = _search.Distances;
            for (int i = 0; i < labels.Length; i++)
            {
                _retrieved[distances[i]]++;
                _relevant[distances[i]] += labels[i] == label ? 1 : 0;
            }
        }

        public void Add(Tally other)
        {
            AmongNearest += other.AmongNearest;
            for (int distance = 0; distance < _retrieved.Length; distance++)
            {
                _retrieved[distance] += other._retrieved[distance];
                _relevant[distance] += other._relevant[distance];
            }
        }

        public RetrievalPoint[] Curve()
        {
            var points = new RetrievalPoint[_retrieved.Length];
            long retrieved = 0, found = 0, relevant = _relevant.Sum();
            for (int radius = 0; radius < points.Length; radius++)
            {
                retrieved += _retrieved[radius];
                found += _relevant[radius];
                points[radius] = new RetrievalPoint(radius, Ratio(found, retrieved), Ratio(found, relevant));
            }
            return points;
        }

        private static double Ratio(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;
    }
}
