using System.Runtime.CompilerServices;

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
    /// <summary>Rows of P that are listed together, whole tiles: a few cache lines of each k.</summary>
    public const int RowsListed = 4 * Product.TileRows;

    private const int Samples = 32;

    // Groups that are zero less often than this save too little for a list.
    private const double Worthwhile = 0.85;

    /// <summary>(groups, K + 1): the first k, then the differences to the next ones, the last of them 0.</summary>
    public int* Lists;

    /// <summary>(groups): how many k each list has.</summary>
    public int* Counts;

    /// <summary>K.</summary>
    public int Depth;

    /// <summary>The list of a group.</summary>
    public readonly int* this[int group] => Lists + ((nint)group * (Depth + 1));

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

    /// <summary>Lists for up to <see cref="RowsListed"/> rows of P, a list for each <see cref="ISimd{TVector}.TileRows"/>.</summary>
    /// <param name="p">P[0, 0].</param>
    /// <param name="rowStride">Distance of P's rows.</param>
    /// <param name="step">Distance of P's k.</param>
    /// <param name="firstRow">The first of the rows.</param>
    /// <param name="rows">How many of them P has.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void ListRows<S, V>(float* p, nint rowStride, nint step, int firstRow, int rows)
        where S : ISimd<V>
        where V : unmanaged
    {
        p += firstRow * rowStride;
        int firstGroup = firstRow / S.TileRows;
        if (step == 1)
        {
            for (int row = 0; row < rows; row += S.TileRows)
                ListAlongSteps<S, V>(p + (row * rowStride), rowStride, firstGroup++, Math.Min(S.TileRows, rows - row));
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
        for (int k = 0; k < Depth; k += S.Lanes)
        {
            V occupied = S.Zero;
            for (int row = 0; row < rows; row++)
                occupied = S.Add(occupied, S.Abs(S.Load(first + (row * rowStride) + k)));
            uint bits = S.NotZero(occupied);
            int steps = Math.Min(S.Lanes, Depth - k);
            for (int i = 0; i < steps; i++)
            {
                list[count] = k + i;
                count += (int)(bits >> i) & 1;
            }
        }
        Counts[group] = ToGaps(list, count);
    }

    // A k has its rows side by side: all groups at a time, so that memory is read in order.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void ListAcrossSteps<S, V>(float* p, nint step, int firstGroup, int rows)
        where S : ISimd<V>
        where V : unmanaged
    {
        int groups = Product.TileCount(rows, S.TileRows);
        int* counts = Counts + firstGroup;
        int* lists = this[firstGroup];
        new Span<int>(counts, groups).Clear();
        uint groupBits = (1u << S.TileRows) - 1;
        for (int k = 0; k < Depth; k++, p += step)
        {
            int group = 0;
            for (int row = 0; row < rows; row += S.Lanes)
            {
                uint bits = S.NotZero(S.Load(p + row));
                if (rows - row < S.Lanes)
                    bits &= (1u << (rows - row)) - 1;
                for (int i = 0; i < S.Lanes / S.TileRows && group < groups; i++, group++, bits >>= S.TileRows)
                {
                    lists[((nint)group * (Depth + 1)) + counts[group]] = k;
                    counts[group] += (bits & groupBits) != 0 ? 1 : 0;
                }
            }
        }
        for (int group = 0; group < groups; group++)
            ToGaps(this[firstGroup + group], counts[group]);
    }

    /// <summary>
    /// Notes the steps firstStep … firstStep + steps − 1 of a packed panel in the part of its list that has their
    /// numbers, closed by −1 where there are fewer.
    /// </summary>
    /// <param name="panel">(K, width), packed.</param>
    /// <param name="half">True where the panel is one vector wide, not two.</param>
    /// <param name="group">The panel's number.</param>
    /// <param name="firstStep">First k.</param>
    /// <param name="steps">Number of k.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void NotePanel<S, V>(float* panel, bool half, int group, int firstStep, int steps)
        where S : ISimd<V>
        where V : unmanaged
    {
        int* part = this[group] + firstStep;
        int count = 0;
        nint width = half ? S.Lanes : 2 * S.Lanes;
        float* row = panel + (firstStep * width);
        for (int k = firstStep; k < firstStep + steps; k++, row += width)
        {
            uint occupied = S.NotZero(S.Load(row));
            if (!half)
                occupied |= S.NotZero(S.Load(row + S.Lanes));
            part[count] = k;
            count += occupied != 0 ? 1 : 0;
        }
        if (count < steps)
            part[count] = -1;
    }

    /// <summary>Joins the parts of a panel's list.</summary>
    /// <param name="group">The panel's number.</param>
    /// <param name="partSteps">Steps of a part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void JoinParts(int group, int partSteps)
    {
        int* list = this[group];
        int count = 0;
        for (int first = 0; first < Depth; first += partSteps)
        {
            int end = Math.Min(Depth, first + partSteps);
            for (int i = first; i < end && list[i] >= 0; i++)
                list[count++] = list[i];
        }
        Counts[group] = ToGaps(list, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int ToGaps(int* list, int count)
    {
        int next = 0;
        for (int i = count - 1; i >= 0; i--)
        {
            int k = list[i];
            list[i + 1] = i == count - 1 ? 0 : next - k;
            next = k;
        }
        list[0] = next;
        return count;
    }
}
