using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>
/// The k that a tile cannot leave out. Where all numbers of one operand that a tile reads at some k are zero, as at the
/// dark border of digits, that k adds zero to every sum: without it the result of finite operands has the same bits.
/// One list for each group of rows of the operand.
/// </summary>
/// <remarks>
/// Only finite numbers times zero are zero: an infinity or NaN in the other operand is left out with its k, where IEEE
/// 754 has 0 · NaN and 0 · ∞ be NaN. A weight that is no number behind a pixel that is black in all images therefore
/// reaches no output; whoever must see it has to look at the weights themselves, as a run does before it writes a
/// checkpoint. And a sum that underflowed to −0 may stay it.
/// </remarks>
internal unsafe struct NonzeroIndices
{
    /// <summary>
    /// Rows of the broadcast operand that have a list together: the fewer, the more k are zero in all of them.
    /// </summary>
    public const int GroupRows = 4;

    private const int VectorsListed = 4;

    // Steps whose bits are gathered before their numbers are written.
    private const int Chunk = 16;

    private const int Samples = 32;

    // Where more of them have a number, a list saves too little.
    private const double Worthwhile = 0.8;

    /// <summary>(groups, <see cref="Length"/>): the k of each group in order.</summary>
    public int* Lists;

    /// <summary>(groups): how many k each list has.</summary>
    public int* Counts;

    /// <summary>K.</summary>
    public int Depth;

    /// <summary>The list of a group.</summary>
    public readonly int* this[int group] => Lists + (group * (nint)Length(Depth));

    /// <summary>
    /// Rows of the broadcast operand that are listed at once, whole tiles: a few cache lines of each k.
    /// </summary>
    public static int RowsAtOnce<S, V>()
        where S : ISimd<V>
        where V : unmanaged =>
        VectorsListed * S.Lanes;

    /// <summary>Numbers that a list has room for: what is written at once may be more than what counts.</summary>
    public static int Length(int depth) => depth + Chunk;

    /// <summary>
    /// An estimate of the share of (group, k) where the operand has a number that is not zero, from a few of them at
    /// fixed places; 1 where lists are not worthwhile.
    /// </summary>
    /// <param name="operand">Element (row, k) is at row · rowStride + k · step.</param>
    /// <param name="rowStride">Distance of rows.</param>
    /// <param name="step">Distance of k.</param>
    /// <param name="rows">Rows of the operand.</param>
    /// <param name="depth">K.</param>
    /// <param name="groupRows">Rows of a group.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Density(float* operand, nint rowStride, nint step, int rows, int depth, int groupRows)
    {
        int groups = MatrixProduct.TileCount(rows, groupRows);
        int occupied = 0;
        for (int sample = 0; sample < Samples; sample++)
        {
            // Steps of the golden ratio spread the samples evenly over k, whatever K is.
            int k = (int)(sample * 2654435769L % uint.MaxValue * depth >> 32);
            int first = sample % groups * groupRows;
            int end = Math.Min(rows, first + groupRows);
            for (int row = first; row < end; row++)
            {
                if (operand[(row * rowStride) + (k * step)] != 0f)
                {
                    occupied++;
                    break;
                }
            }
        }
        double density = (double)occupied / Samples;
        return density < Worthwhile ? density : 1;
    }

    /// <summary>
    /// Lists for up to <see cref="RowsAtOnce{S, V}"/> rows of the broadcast operand, a list for each <see
    /// cref="GroupRows"/>.
    /// </summary>
    /// <param name="p">The first of the rows, at k = 0.</param>
    /// <param name="rowStride">Distance of the broadcast operand's rows.</param>
    /// <param name="step">Distance of the broadcast operand's k.</param>
    /// <param name="rows">How many there are.</param>
    /// <param name="firstGroup">The number of the first list.</param>
    public readonly void ListRows<S, V>(float* p, nint rowStride, nint step, int rows, int firstGroup)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (step == 1)
        {
            for (int row = 0; row < rows; row += GroupRows)
                ListAlongSteps<S, V>(p + (row * rowStride), rowStride, firstGroup++, Math.Min(GroupRows, rows - row));
        }
        else
        {
            ListAcrossSteps<S, V>(p, step, firstGroup, rows);
        }
    }

    // A row has its k side by side: a vector of them at a time, while those of the next group are asked for.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void ListAlongSteps<S, V>(float* first, nint rowStride, int group, int rows)
        where S : ISimd<V>
        where V : unmanaged
    {
        int* list = this[group];
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
            count += S.StoreSetBits(bits, k, list + count);
        }
        Counts[group] = count;
    }

    // A k has its rows side by side: four vectors of them at a time, so that memory is read in order. The bits of their
    // groups gather for a chunk of k.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void ListAcrossSteps<S, V>(float* p, nint step, int firstGroup, int rows)
        where S : ISimd<V>
        where V : unmanaged
    {
        int* counts = Counts + firstGroup;
        int groups = MatrixProduct.TileCount(rows, GroupRows);
        ulong* chunks = stackalloc ulong[VectorsListed];
        new Span<int>(counts, groups).Clear();
        bool isWhole = rows == VectorsListed * S.Lanes;
        for (int k = 0; k < Depth; k += Chunk)
        {
            int steps = Math.Min(Chunk, Depth - k);
            ulong chunk0 = 0, chunk1 = 0, chunk2 = 0, chunk3 = 0;
            for (int i = 0; i < steps && isWhole; i++, p += step)
            {
                chunk0 |= GroupBits(S.NotZero(S.Load(p))) << i;
                chunk1 |= GroupBits(S.NotZero(S.Load(p + S.Lanes))) << i;
                chunk2 |= GroupBits(S.NotZero(S.Load(p + (2 * S.Lanes)))) << i;
                chunk3 |= GroupBits(S.NotZero(S.Load(p + (3 * S.Lanes)))) << i;
            }
            (chunks[0], chunks[1], chunks[2], chunks[3]) = (chunk0, chunk1, chunk2, chunk3);
            for (int i = 0; i < steps && !isWhole; i++, p += step)
            {
                for (int row = 0; row < rows; row += S.Lanes)
                {
                    uint present = rows - row >= S.Lanes ? uint.MaxValue : (1u << (rows - row)) - 1;
                    chunks[row / S.Lanes] |= GroupBits(S.NotZero(S.Load(p + row)) & present) << i;
                }
            }
            for (int group = 0; group < groups; group++)
            {
                int* list = this[firstGroup + group];
                int vector = group / (S.Lanes / GroupRows), inVector = group % (S.Lanes / GroupRows);
                uint bits = (uint)(chunks[vector] >> (inVector * Chunk)) & 0xFFFF;
                for (int i = 0; i < Chunk; i += S.Lanes, bits >>= S.Lanes)
                    counts[group] += S.StoreSetBits(bits & (uint.MaxValue >> (32 - S.Lanes)), k + i, list + counts[group]);
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

    /// <summary>The list of a packed panel.</summary>
    /// <param name="panel">(K, vectors), packed.</param>
    /// <param name="vectors">The panel's width.</param>
    /// <param name="group">The number of its list.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void ListPanel<S, V>(float* panel, int vectors, int group)
        where S : ISimd<V>
        where V : unmanaged
    {
        int* list = this[group];
        int count = 0;
        for (int k = 0; k < Depth; k++)
        {
            uint occupied = 0;
            for (int vector = 0; vector < vectors; vector++, panel += S.Lanes)
                occupied |= S.NotZero(S.Load(panel));
            list[count] = k;
            count += occupied != 0 ? 1 : 0;
        }
        Counts[group] = count;
    }
}
