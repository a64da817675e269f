using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>
/// The k that a tile cannot skip. Where all numbers of one operand that a tile reads at some k are zero, as at the dark border of
/// digits, that k adds zero to every sum: with finite operands the result has the same bits without it. There are indices for
/// each group of rows of the operand.
/// </summary>
/// <remarks>
/// Only finite numbers times zero are zero: by IEEE 754 0 · ∞ and 0 · NaN are NaN. An infinity or NaN in the other operand is
/// skipped with its k, so that a weight that is NaN behind a pixel that is black in a whole group of images reaches none of
/// their outputs. A sum that underflowed to −0 may stay it, where adding +0 would have made it +0.
/// </remarks>
internal unsafe struct NonzeroIndices
{
    /// <summary>Broadcast rows that have indices together: the fewer, the more k are zero in all of them.</summary>
    public const int GroupRows = 4;

    private const int VectorsPerScan = 4;

    // How many k have their bits gathered before indices are written.
    private const int ChunkLength = 16;

    private const int Samples = 32;

    // Where the operand is denser, indices save too little.
    private const double MaxDensity = 0.8;

    /// <summary>(groups, <see cref="Capacity"/>): the nonzero k of each group in order.</summary>
    public int* Indices;

    /// <summary>(groups): how many indices each has.</summary>
    public int* Counts;

    /// <summary>K.</summary>
    public int Depth;

    /// <summary>The indices of a group.</summary>
    public readonly int* this[int group] => Indices + (group * (nint)Capacity(Depth));

    /// <summary>Broadcast rows that are scanned at once, whole tiles: a few cache lines of each k.</summary>
    public static int RowsPerScan<S, V>()
        where S : ISimd<V>
        where V : unmanaged =>
        VectorsPerScan * S.Lanes;

    /// <summary>Indices that a group has room for: what is written at once may be more than what counts.</summary>
    public static int Capacity(int depth) => depth + ChunkLength;

    /// <summary>
    /// An estimate of the share of (group, k) where the operand has a number that is not zero, from a few of them at
    /// fixed places; 1 where indices do not pay.
    /// </summary>
    /// <param name="operand">Element (row, k) is at row · rowStride + k · depthStride.</param>
    /// <param name="rowStride">Distance of rows.</param>
    /// <param name="depthStride">Distance from one k to the next.</param>
    /// <param name="rows">Rows of the operand.</param>
    /// <param name="depth">K.</param>
    /// <param name="groupRows">Rows of a group.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Density(float* operand, nint rowStride, nint depthStride, int rows, int depth, int groupRows)
    {
        int groups = MatrixProduct.DivideUp(rows, groupRows);
        int occupied = 0;
        for (int sample = 0; sample < Samples; sample++)
        {
            // Steps of the golden ratio spread the samples evenly over k, whatever K is.
            int k = (int)(sample * 2654435769L % uint.MaxValue * depth >> 32);
            int first = sample % groups * groupRows;
            int end = Math.Min(rows, first + groupRows);
            for (int row = first; row < end; row++)
            {
                if (operand[(row * rowStride) + (k * depthStride)] != 0f)
                {
                    occupied++;
                    break;
                }
            }
        }
        double density = (double)occupied / Samples;
        return density < MaxDensity ? density : 1;
    }

    /// <summary>Finds the indices of up to <see cref="RowsPerScan{S, V}"/> broadcast rows, <see cref="GroupRows"/> a group.</summary>
    /// <param name="first">The first of the rows, at k = 0.</param>
    /// <param name="rowStride">Distance of rows.</param>
    /// <param name="depthStride">Distance from one k to the next.</param>
    /// <param name="rows">How many there are.</param>
    /// <param name="firstGroup">The number of the first group.</param>
    public readonly void ScanRows<S, V>(float* first, nint rowStride, nint depthStride, int rows, int firstGroup)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (depthStride == 1)
        {
            for (int row = 0; row < rows; row += GroupRows)
                ScanAlongDepth<S, V>(first + (row * rowStride), rowStride, firstGroup++, Math.Min(GroupRows, rows - row));
        }
        else
        {
            ScanAcrossDepth<S, V>(first, depthStride, firstGroup, rows);
        }
    }

    // A row has its k side by side: a vector of them at a time, while those of the next group are prefetched.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void ScanAlongDepth<S, V>(float* first, nint rowStride, int group, int rows)
        where S : ISimd<V>
        where V : unmanaged
    {
        int* indices = this[group];
        int count = 0;
        for (int k = 0; k < Depth; k += S.Lanes, first += S.Lanes)
        {
            V occupied = S.Abs(S.Load(first));
            for (int row = GroupRows; row < 2 * GroupRows; row++)
                CacheLines.Prefetch(first + (row * rowStride));
            for (int row = 1; row < rows; row++)
                occupied = S.Add(occupied, S.Abs(S.Load(first + (row * rowStride))));
            uint bits = S.NotZero(occupied);
            if (Depth - k < S.Lanes)
                bits &= (1u << (Depth - k)) - 1;
            count += S.StoreSetBits(bits, k, indices + count);
        }
        Counts[group] = count;
    }

    // A k has its rows side by side: four vectors of them at a time, so that memory is read in order. The bits of their
    // groups gather for a chunk of k.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void ScanAcrossDepth<S, V>(float* first, nint depthStride, int firstGroup, int rows)
        where S : ISimd<V>
        where V : unmanaged
    {
        int* counts = Counts + firstGroup;
        int groups = MatrixProduct.DivideUp(rows, GroupRows);
        ulong* chunks = stackalloc ulong[VectorsPerScan];
        new Span<int>(counts, groups).Clear();
        bool isWhole = rows == VectorsPerScan * S.Lanes;
        for (int k = 0; k < Depth; k += ChunkLength)
        {
            int present = Math.Min(ChunkLength, Depth - k);
            ulong chunk0 = 0, chunk1 = 0, chunk2 = 0, chunk3 = 0;
            for (int i = 0; i < present && isWhole; i++, first += depthStride)
            {
                chunk0 |= GroupBits(S.NotZero(S.Load(first))) << i;
                chunk1 |= GroupBits(S.NotZero(S.Load(first + S.Lanes))) << i;
                chunk2 |= GroupBits(S.NotZero(S.Load(first + (2 * S.Lanes)))) << i;
                chunk3 |= GroupBits(S.NotZero(S.Load(first + (3 * S.Lanes)))) << i;
            }
            (chunks[0], chunks[1], chunks[2], chunks[3]) = (chunk0, chunk1, chunk2, chunk3);
            for (int i = 0; i < present && !isWhole; i++, first += depthStride)
            {
                for (int row = 0; row < rows; row += S.Lanes)
                {
                    uint lanes = rows - row >= S.Lanes ? uint.MaxValue : (1u << (rows - row)) - 1;
                    chunks[row / S.Lanes] |= GroupBits(S.NotZero(S.Load(first + row)) & lanes) << i;
                }
            }
            for (int group = 0; group < groups; group++)
            {
                int* indices = this[firstGroup + group];
                int vector = group / (S.Lanes / GroupRows), inVector = group % (S.Lanes / GroupRows);
                uint bits = (uint)(chunks[vector] >> (inVector * ChunkLength)) & 0xFFFF;
                for (int i = 0; i < ChunkLength; i += S.Lanes, bits >>= S.Lanes)
                    counts[group] += S.StoreSetBits(bits & (uint.MaxValue >> (32 - S.Lanes)), k + i, indices + counts[group]);
            }
        }
    }

    // Bit 16 i is set if one of the bits 4 i … 4 i + 3 is.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong GroupBits(uint bits)
    {
        bits |= bits >> 1;
        bits |= bits >> 2;

        // The factor moves bit 4 i by 12 i, and by other distances to where the mask drops it.
        return ((bits & 0x1111) * 0x0000_0010_0100_1001ul) & 0x0001_0001_0001_0001;
    }

    /// <summary>Finds the indices of a packed panel.</summary>
    /// <param name="panel">(K, vectors), packed.</param>
    /// <param name="vectors">The panel's width.</param>
    /// <param name="group">The number of its group.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void ScanPanel<S, V>(float* panel, int vectors, int group)
        where S : ISimd<V>
        where V : unmanaged
    {
        int* indices = this[group];
        int count = 0;
        for (int k = 0; k < Depth; k++)
        {
            uint occupied = 0;
            for (int vector = 0; vector < vectors; vector++, panel += S.Lanes)
                occupied |= S.NotZero(S.Load(panel));
            indices[count] = k;
            count += occupied != 0 ? 1 : 0;
        }
        Counts[group] = count;
    }
}
