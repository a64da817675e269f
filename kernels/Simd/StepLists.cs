using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuVae.Kernels.Simd;

/// <summary>
/// The steps of k that a tile cannot leave out. Where all numbers of one operand that a tile reads at some k are zero,
/// as at the dark border of digits, the step adds zero to every sum: without it the result has the same bits. One
/// list for each group of rows of the operand.
/// </summary>
/// <remarks>
/// Only finite numbers times zero are zero. An infinity or NaN in the other operand may be left out with the step, so
/// a model that diverges may show it an operation later.
/// </remarks>
internal unsafe struct StepLists
{
    /// <summary>Rows of P that have a list together: the fewer, the more k are zero in all of them.</summary>
    public const int GroupRows = 4;

    /// <summary>Rows of P that are listed at once, whole tiles: a few cache lines of each k.</summary>
    public const int RowsListed = 4 * Product.TileRows;

    // Steps whose bits are gathered before their numbers are written.
    private const int Chunk = 16;

    private const int Samples = 32;

    // Groups that are zero less often than this save too little for a list.
    private const double Worthwhile = 0.8;

    /// <summary>(groups, <see cref="Length"/>): the first k, then the differences to the next ones, the last of them 0.</summary>
    public int* Lists;

    /// <summary>(groups): how many k each list has.</summary>
    public int* Counts;

    /// <summary>K.</summary>
    public int Depth;

    /// <summary>The list of a group.</summary>
    public readonly int* this[int group] => Lists + (group * (nint)Length(Depth));

    /// <summary>Numbers that a list has room for: what is written at once may be more than what counts.</summary>
    public static int Length(int depth) => depth + 1 + Chunk;

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
        int groups = Product.TileCount(rows, groupRows);
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

    /// <summary>Lists for up to <see cref="RowsListed"/> rows of P, a list for each <see cref="GroupRows"/>.</summary>
    /// <param name="p">The first of the rows, at k = 0.</param>
    /// <param name="rowStride">Distance of P's rows.</param>
    /// <param name="step">Distance of P's k.</param>
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

    // A row has its k side by side: a vector of them at a time.
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
            for (int row = 1; row < rows; row++)
                occupied = S.Add(occupied, S.Abs(S.Load(first + (row * rowStride))));
            uint bits = S.NotZero(occupied);
            if (Depth - k < S.Lanes)
                bits &= (1u << (Depth - k)) - 1;
            count += S.StoreSetBits(bits, k, list + count);
        }
        Counts[group] = ToGaps(list, count);
    }

    // A k has its rows side by side: all groups at a time, so that memory is read in order. Their bits gather for a
    // chunk of k.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void ListAcrossSteps<S, V>(float* p, nint step, int firstGroup, int rows)
        where S : ISimd<V>
        where V : unmanaged
    {
        int vectors = Product.TileCount(rows, S.Lanes), groups = Product.TileCount(rows, GroupRows);
        uint inLast = uint.MaxValue >> (32 - (rows - ((vectors - 1) * S.Lanes)));
        ulong* chunks = stackalloc ulong[RowsListed / GroupRows];
        int* counts = Counts + firstGroup;
        new Span<int>(counts, groups).Clear();
        for (int k = 0; k < Depth; k += Chunk)
        {
            new Span<ulong>(chunks, vectors).Clear();
            int steps = Math.Min(Chunk, Depth - k);
            for (int i = 0; i < steps; i++, p += step)
            {
                for (int vector = 0; vector < vectors - 1; vector++)
                    chunks[vector] |= GroupBits(S.NotZero(S.Load(p + (vector * S.Lanes)))) << i;
                uint last = S.NotZero(S.Load(p + ((vectors - 1) * S.Lanes))) & inLast;
                chunks[vectors - 1] |= GroupBits(last) << i;
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
        for (int group = 0; group < groups; group++)
            ToGaps(this[firstGroup + group], counts[group]);
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
        Counts[group] = ToGaps(list, count);
    }

    // From the end, so that each number is read before the difference takes its place.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int ToGaps(int* list, int count)
    {
        int i = count;
        if (count > 0)
            list[i--] = 0;
        for (; i >= Vector256<int>.Count; i -= Vector256<int>.Count)
        {
            int* last = list + i - Vector256<int>.Count;
            (Vector256.Load(last + 1) - Vector256.Load(last)).Store(last + 1);
        }
        for (; i > 0; i--)
            list[i] -= list[i - 1];
        return count;
    }
}
