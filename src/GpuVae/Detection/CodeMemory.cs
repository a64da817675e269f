using System.Numerics;

namespace GpuVae.Detection;

/// <summary>
/// What a detector remembers of its training rows: the codes of up to <see cref="MostRows"/> of them, and what the decoder makes of
/// these. A row is strange that is far from what comes back for the codes nearest to its own. Immutable, so that any thread may use it
/// with a <see cref="Scratch"/> of its own.
/// </summary>
/// <remarks>
/// With z = e(x) and N the K nearest of the remembered codes zᵢ, by Euclidean distance,
/// <code>
/// d² = 1/K Σ ‖x − d(zᵢ)‖², i ∈ N      how far x is from normal rows like it
/// r² = ‖x − d(z)‖²                    how far x is from its own reconstruction
/// ℓ  = 1/K Σ dᵢ, i ∈ N                how far those rows are from theirs, each without itself
/// s  = (d + ε) (r + ε)^⅕ / √(ℓ + ε),  ε = 10⁻³ √D
/// </code>
/// An autoencoder with such a memory reads its code only through normal ones, so that a decoder that rebuilds anomalies well does not
/// hide them (Gong et al. 2019, "Memorizing Normality to Detect Anomaly", equation 3, with the K nearest in the place of soft weights).
/// ℓ makes sparse regions comparable with dense ones, as the local outlier factor does (Breunig et al. 2000); its root, and the small
/// exponent of r, lie between having the factor and not having it.
/// <para>
/// Where some of the training rows are anomalies themselves, the nearest codes may be theirs. Then K is a twentieth of the memory, so
/// that a few of a kind stay strange, and ℓ is left out.
/// </para>
/// </remarks>
internal sealed class CodeMemory
{
    /// <summary>The most rows that are remembered.</summary>
    public const int MostRows = 2048;

    /// <summary>The exponent of r.</summary>
    public const double OwnExponent = 0.2;

    private const int LocalNeighbors = 5;
    private const int WideShare = 20;

    private readonly float[] _transposed;      // (k, stride), so that one vector holds a number of several codes
    private readonly int _stride;

    /// <summary>Remembers rows.</summary>
    /// <param name="codes">(M, k), finite.</param>
    /// <param name="reconstructions">(M, D), what the decoder makes of them.</param>
    /// <param name="spreads">(M) the dᵢ; empty to leave ℓ out.</param>
    /// <param name="units">k.</param>
    /// <param name="neighbors">K, at most M.</param>
    public CodeMemory(float[] codes, float[] reconstructions, float[] spreads, int units, int neighbors)
    {
        (Codes, Reconstructions, Spreads, Units, Neighbors) = (codes, reconstructions, spreads, units, neighbors);
        Count = codes.Length / units;
        Dimensions = reconstructions.Length / Count;
        Softening = 1e-3 * Math.Sqrt(Dimensions);
        _stride = (Count + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        _transposed = new float[units * _stride];
        for (int row = 0; row < Count; row++)
        {
            for (int unit = 0; unit < units; unit++)
                _transposed[(unit * _stride) + row] = codes[(row * units) + unit];
        }
    }

    /// <summary>M, the rows that are remembered.</summary>
    public int Count { get; }

    /// <summary>k, numbers of a code.</summary>
    public int Units { get; }

    /// <summary>D, numbers of a row.</summary>
    public int Dimensions { get; }

    /// <summary>K, the codes that a row is compared with.</summary>
    public int Neighbors { get; }

    /// <summary>ε.</summary>
    public double Softening { get; }

    /// <summary>(M, k).</summary>
    public float[] Codes { get; }

    /// <summary>(M, D).</summary>
    public float[] Reconstructions { get; }

    /// <summary>(M), or none where ℓ is left out.</summary>
    public float[] Spreads { get; }

    /// <summary>Remembers training rows.</summary>
    /// <param name="rows">(M, D) as the model takes them, M from 2.</param>
    /// <param name="codes">(M, k), their codes.</param>
    /// <param name="reconstructions">(M, D), what the decoder makes of those.</param>
    /// <param name="units">k.</param>
    /// <param name="areAllNormal">Whether none of them is an anomaly.</param>
    public static CodeMemory Of(float[] rows, float[] codes, float[] reconstructions, int units, bool areAllNormal)
    {
        int count = codes.Length / units;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        int wanted = areAllNormal ? LocalNeighbors : Math.Max(LocalNeighbors, count / WideShare);
        var memory = new CodeMemory(codes, reconstructions, [], units, Math.Min(wanted, count - 1));
        if (!areAllNormal)
            return memory;
        var spreads = new float[count];
        Parallel.For(0, count, memory.CreateScratch, (row, _, scratch) =>
        {
            memory.Search(codes.AsSpan(row * units, units), row, scratch);
            spreads[row] = (float)Math.Sqrt(memory.SquaredErrors(
                rows.AsSpan(row * memory.Dimensions, memory.Dimensions), scratch, new double[memory.Dimensions]));
            return scratch;
        }, _ => { });
        return new CodeMemory(codes, reconstructions, spreads, units, memory.Neighbors);
    }

    /// <summary>Room for one caller at a time.</summary>
    public Scratch CreateScratch() => new(_stride, Neighbors, Dimensions);

    /// <summary>
    /// The parts of a row's score that its numbers have: of d² and r² each number has its own term, and s is divided in the ratio of
    /// these, five sixths by d² and one sixth by r², as their exponents are.
    /// </summary>
    /// <param name="row">(D) as the model takes it.</param>
    /// <param name="code">(k), its code.</param>
    /// <param name="reconstruction">(D), what the decoder makes of that.</param>
    /// <param name="remembered">Which of the remembered rows it is, to be compared with the others; −1 for none.</param>
    /// <param name="scratch">Of this memory.</param>
    /// <param name="parts">(D), at least 0; their sum is s. +∞ each where the model's own numbers overflow.</param>
    public void Measure(
        ReadOnlySpan<float> row, ReadOnlySpan<float> code, ReadOnlySpan<float> reconstruction, int remembered, Scratch scratch,
        Span<double> parts)
    {
        if (!Search(code, remembered, scratch))
        {
            parts.Fill(double.PositiveInfinity);
            return;
        }
        double far = SquaredErrors(row, scratch, parts), own = 0;
        for (int i = 0; i < row.Length; i++)
            own += Square(row[i], reconstruction[i]);
        double score = (Math.Sqrt(far) + Softening) * Math.Pow(Math.Sqrt(own) + Softening, OwnExponent);
        if (Spreads.Length > 0)
        {
            double spread = 0;
            foreach (int neighbor in scratch.Nearest)
                spread += Spreads[neighbor];
            score /= Math.Sqrt((spread / Neighbors) + Softening);
        }
        if (!double.IsFinite(score))
        {
            parts.Fill(double.PositiveInfinity);
            return;
        }
        double farShare = score / (1 + OwnExponent), ownShare = score - farShare;
        double equal = 1.0 / row.Length;
        for (int i = 0; i < row.Length; i++)
        {
            parts[i] = (farShare * (far > 0 ? parts[i] / far : equal))
                + (ownShare * (own > 0 ? Square(row[i], reconstruction[i]) / own : equal));
        }
    }

    /// <summary>What is normal for a row: the mean of what the decoder makes of the nearest codes.</summary>
    /// <param name="code">(k), its code.</param>
    /// <param name="scratch">Of this memory.</param>
    /// <param name="means">(D).</param>
    public void Expect(ReadOnlySpan<float> code, Scratch scratch, Span<float> means)
    {
        means.Clear();
        if (!Search(code, remembered: -1, scratch))
            return;
        foreach (int neighbor in scratch.Nearest)
        {
            for (int i = 0; i < means.Length; i++)
                means[i] += Reconstructions[(neighbor * Dimensions) + i] / Neighbors;
        }
    }

    /// <summary>The rows whose codes are nearest, into the scratch; of equally near ones the first.</summary>
    /// <returns>Whether there are as many with a finite distance.</returns>
    private bool Search(ReadOnlySpan<float> code, int remembered, Scratch scratch)
    {
        Span<float> distances = scratch.Distances;
        // One number of the code after the other, so that the bits do not depend on the width of a vector.
        for (int first = 0; first < _stride; first += Vector<float>.Count)
        {
            Vector<float> sum = Vector<float>.Zero;
            for (int unit = 0; unit < code.Length; unit++)
            {
                Vector<float> difference = new Vector<float>(code[unit])
                    - new Vector<float>(_transposed.AsSpan((unit * _stride) + first));
                sum += difference * difference;
            }
            sum.CopyTo(distances[first..]);
        }
        if (remembered >= 0)
            distances[remembered] = float.PositiveInfinity;

        // A heap whose root is the farthest of the nearest: few distances get past it.
        float[] best = scratch.Best;
        int[] nearest = scratch.Nearest;
        Array.Fill(best, float.PositiveInfinity);
        // Places that are not taken yet are equal, whatever the last row left: the order of the nearest decides bits.
        Array.Clear(nearest);
        for (int row = 0; row < Count; row++)
        {
            float distance = distances[row];
            if (!(distance < best[0]))
                continue;
            int place = 0;
            for (int child = 1; child < best.Length; child = (2 * place) + 1)
            {
                // Of equally far ones the later is to leave first.
                if (child + 1 < best.Length
                    && (best[child + 1] > best[child] || (best[child + 1] == best[child] && nearest[child + 1] > nearest[child])))
                {
                    child++;
                }
                if (best[child] <= distance)
                    break;
                (best[place], nearest[place]) = (best[child], nearest[child]);
                place = child;
            }
            (best[place], nearest[place]) = (distance, row);
        }
        return float.IsFinite(best[0]);
    }

    /// <summary>Each number's mean squared error against the nearest rows' reconstructions, and their sum: d².</summary>
    private double SquaredErrors(ReadOnlySpan<float> row, Scratch scratch, Span<double> errors)
    {
        Span<float> sums = scratch.Errors;
        sums.Clear();
        foreach (int neighbor in scratch.Nearest)
        {
            ReadOnlySpan<float> other = Reconstructions.AsSpan(neighbor * Dimensions, Dimensions);
            int i = 0;
            for (; i <= row.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> difference = new Vector<float>(row[i..]) - new Vector<float>(other[i..]);
                (new Vector<float>(sums[i..]) + (difference * difference)).CopyTo(sums[i..]);
            }
            for (; i < row.Length; i++)
            {
                float difference = row[i] - other[i];
                sums[i] += difference * difference;
            }
        }
        double sum = 0;
        for (int i = 0; i < errors.Length; i++)
            sum += errors[i] = (double)sums[i] / Neighbors;
        return sum;
    }

    private static double Square(float value, float other)
    {
        double difference = (double)value - other;
        return difference * difference;
    }

    /// <summary>What a caller needs while it compares a row.</summary>
    /// <param name="stride">Codes, to whole vectors.</param>
    /// <param name="neighbors">K.</param>
    /// <param name="dimensions">D.</param>
    internal sealed class Scratch(int stride, int neighbors, int dimensions)
    {
        /// <summary>To each code, squared.</summary>
        public float[] Distances { get; } = new float[stride];

        /// <summary>The smallest of them, as a heap.</summary>
        public float[] Best { get; } = new float[neighbors];

        /// <summary>Whose they are.</summary>
        public int[] Nearest { get; } = new int[neighbors];

        /// <summary>Sums of squared errors.</summary>
        public float[] Errors { get; } = new float[dimensions];
    }
}
