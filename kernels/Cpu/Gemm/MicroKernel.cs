using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>
/// The inner loop of every product: tile (rows, vectors) = the broadcast operand (rows, K) · panel (K, vectors). the
/// broadcast operand is read where it lies, one number at a time and broadcast; the panel is packed, two or four
/// vectors for each k, fewer where the matrix ends.
/// </summary>
/// <remarks>
/// Eight rows by two vectors are 16 sums, 2 panel vectors and a broadcast: 19 of the 32 registers of AVX-512, and
/// enough independent sums (16 &gt; 2 a cycle · 4 cycles) to keep both multipliers busy. With 16 registers, four rows
/// fit. Written out, because the just-in-time compiler keeps only named locals in registers.
/// </remarks>
internal static unsafe partial class MicroKernel
{
    /// <summary>Computes <see cref="ISimd{TVector}.TileRows"/> rows of a tile.</summary>
    /// <param name="count">Steps of k to take: K, or the length of the list.</param>
    /// <param name="list">Their numbers, for <see cref="ListedIndices"/>.</param>
    /// <param name="p">element (0, 0) of the broadcast operand; element (i, k) is at i · rowStride + k · step.</param>
    /// <param name="rowStride">Distance of the broadcast operand's rows.</param>
    /// <param name="step">Distance of the broadcast operand's columns.</param>
    /// <param name="panel">(K, 2 vectors), or (K, 1 vector), packed.</param>
    /// <param name="vectors">The panel's width, 1 or 2.</param>
    /// <param name="tile">Where row 0 goes.</param>
    /// <param name="tileStride">Distance of the tile's rows.</param>
    /// <param name="source"> For <see cref="PackingIndices"/> the packed operand's [0, first column of the panel]; for
    /// <see cref="AllIndices"/> what to ask for at the first k.
    /// </param>
    /// <param name="sourceStride">Distance from one k to the next.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run<S, V, TIndices>(
        int count, int* list, float* p, nint rowStride, nint step, float* panel, int vectors, float* tile, nint tileStride,
        float* source, nint sourceStride)
        where S : ISimd<V>
        where V : unmanaged
        where TIndices : struct, IInnerIndices
    {
        if (S.TileRows == 8)
        {
            if (vectors == 1)
                Rows8Half<S, V, TIndices>(count, list, p, rowStride, step, panel, tile, tileStride, source, sourceStride);
            else
                Rows8<S, V, TIndices>(count, list, p, rowStride, step, panel, tile, tileStride, source, sourceStride);
        }
        else
        {
            if (vectors == 1)
                Rows4Half<S, V, TIndices>(count, list, p, rowStride, step, panel, tile, tileStride, source, sourceStride);
            else
                Rows4<S, V, TIndices>(count, list, p, rowStride, step, panel, tile, tileStride, source, sourceStride);
        }
    }

    /// <summary>
    /// tile (8, 2 vectors) = the broadcast operand (8, K) · panel (K, 2 vectors), the sums in 16 registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rows8<S, V, TIndices>(
        int count, int* list, float* p, nint rowStride, nint step, float* panel, float* tile, nint tileStride,
        float* source, nint sourceStride)
        where S : ISimd<V>
        where V : unmanaged
        where TIndices : struct, IInnerIndices
    {
        V sum00 = S.Zero, sum01 = S.Zero;
        V sum10 = S.Zero, sum11 = S.Zero;
        V sum20 = S.Zero, sum21 = S.Zero;
        V sum30 = S.Zero, sum31 = S.Zero;
        V sum40 = S.Zero, sum41 = S.Zero;
        V sum50 = S.Zero, sum51 = S.Zero;
        V sum60 = S.Zero, sum61 = S.Zero;
        V sum70 = S.Zero, sum71 = S.Zero;
        nint row2 = 2 * rowStride;
        nint row3 = 3 * rowStride;
        float* q = p + (4 * rowStride);
        for (int i = 0; i < count; i++)
        {
            nint k = TIndices.AreListed ? list[i] : 0;
            float* x = p + (k * step);
            float* y = q + (k * step);
            float* b = TIndices.Pack ? source : panel + (k * (2 * S.Lanes));
            V b0 = S.Load(b);
            V b1 = S.Load(b + S.Lanes);
            if (TIndices.Prefetch)
            {
                CacheLines.Prefetch(source);
                source += sourceStride;
            }
            if (TIndices.Pack)
            {
                S.Store(b0, panel);
                S.Store(b1, panel + S.Lanes);
                source += sourceStride;
            }
            V a;
            a = S.Broadcast(x[0]);
            sum00 = S.MultiplyAdd(a, b0, sum00);
            sum01 = S.MultiplyAdd(a, b1, sum01);
            a = S.Broadcast(x[rowStride]);
            sum10 = S.MultiplyAdd(a, b0, sum10);
            sum11 = S.MultiplyAdd(a, b1, sum11);
            a = S.Broadcast(x[row2]);
            sum20 = S.MultiplyAdd(a, b0, sum20);
            sum21 = S.MultiplyAdd(a, b1, sum21);
            a = S.Broadcast(x[row3]);
            sum30 = S.MultiplyAdd(a, b0, sum30);
            sum31 = S.MultiplyAdd(a, b1, sum31);
            a = S.Broadcast(y[0]);
            sum40 = S.MultiplyAdd(a, b0, sum40);
            sum41 = S.MultiplyAdd(a, b1, sum41);
            a = S.Broadcast(y[rowStride]);
            sum50 = S.MultiplyAdd(a, b0, sum50);
            sum51 = S.MultiplyAdd(a, b1, sum51);
            a = S.Broadcast(y[row2]);
            sum60 = S.MultiplyAdd(a, b0, sum60);
            sum61 = S.MultiplyAdd(a, b1, sum61);
            a = S.Broadcast(y[row3]);
            sum70 = S.MultiplyAdd(a, b0, sum70);
            sum71 = S.MultiplyAdd(a, b1, sum71);
            if (!TIndices.AreListed)
            {
                p += step;
                q += step;
                panel += 2 * S.Lanes;
            }
        }
        S.Store(sum00, tile);
        S.Store(sum01, tile + S.Lanes);
        S.Store(sum10, tile + tileStride);
        S.Store(sum11, tile + tileStride + S.Lanes);
        S.Store(sum20, tile + (2 * tileStride));
        S.Store(sum21, tile + (2 * tileStride) + S.Lanes);
        S.Store(sum30, tile + (3 * tileStride));
        S.Store(sum31, tile + (3 * tileStride) + S.Lanes);
        S.Store(sum40, tile + (4 * tileStride));
        S.Store(sum41, tile + (4 * tileStride) + S.Lanes);
        S.Store(sum50, tile + (5 * tileStride));
        S.Store(sum51, tile + (5 * tileStride) + S.Lanes);
        S.Store(sum60, tile + (6 * tileStride));
        S.Store(sum61, tile + (6 * tileStride) + S.Lanes);
        S.Store(sum70, tile + (7 * tileStride));
        S.Store(sum71, tile + (7 * tileStride) + S.Lanes);
    }

    /// <summary>
    /// tile (8, 1 vector) = the broadcast operand (8, K) · panel (K, 1 vector), the sums in 8 registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rows8Half<S, V, TIndices>(
        int count, int* list, float* p, nint rowStride, nint step, float* panel, float* tile, nint tileStride,
        float* source, nint sourceStride)
        where S : ISimd<V>
        where V : unmanaged
        where TIndices : struct, IInnerIndices
    {
        V sum0 = S.Zero;
        V sum1 = S.Zero;
        V sum2 = S.Zero;
        V sum3 = S.Zero;
        V sum4 = S.Zero;
        V sum5 = S.Zero;
        V sum6 = S.Zero;
        V sum7 = S.Zero;
        nint row2 = 2 * rowStride;
        nint row3 = 3 * rowStride;
        float* q = p + (4 * rowStride);
        for (int i = 0; i < count; i++)
        {
            nint k = TIndices.AreListed ? list[i] : 0;
            float* x = p + (k * step);
            float* y = q + (k * step);
            float* b = TIndices.Pack ? source : panel + (k * S.Lanes);
            V b0 = S.Load(b);
            if (TIndices.Pack)
            {
                S.Store(b0, panel);
                source += sourceStride;
            }
            sum0 = S.MultiplyAdd(S.Broadcast(x[0]), b0, sum0);
            sum1 = S.MultiplyAdd(S.Broadcast(x[rowStride]), b0, sum1);
            sum2 = S.MultiplyAdd(S.Broadcast(x[row2]), b0, sum2);
            sum3 = S.MultiplyAdd(S.Broadcast(x[row3]), b0, sum3);
            sum4 = S.MultiplyAdd(S.Broadcast(y[0]), b0, sum4);
            sum5 = S.MultiplyAdd(S.Broadcast(y[rowStride]), b0, sum5);
            sum6 = S.MultiplyAdd(S.Broadcast(y[row2]), b0, sum6);
            sum7 = S.MultiplyAdd(S.Broadcast(y[row3]), b0, sum7);
            if (!TIndices.AreListed)
            {
                p += step;
                q += step;
                panel += S.Lanes;
            }
        }
        S.Store(sum0, tile);
        S.Store(sum1, tile + tileStride);
        S.Store(sum2, tile + (2 * tileStride));
        S.Store(sum3, tile + (3 * tileStride));
        S.Store(sum4, tile + (4 * tileStride));
        S.Store(sum5, tile + (5 * tileStride));
        S.Store(sum6, tile + (6 * tileStride));
        S.Store(sum7, tile + (7 * tileStride));
    }
}

/// <summary>Which steps of k the micro-kernel takes, and what from.</summary>
internal interface IInnerIndices
{
    /// <summary>Whether a list has their numbers; else it is every k.</summary>
    static virtual bool AreListed => false;

    /// <summary>
    /// Whether the panel is read where the packed operand lies and packed on the way. Behind the last column of the
    /// packed operand it then holds what stands there, not zeros: no sum that is stored sees it, but a list of the
    /// panel would.
    /// </summary>
    static virtual bool Pack => false;

    /// <summary>
    /// Whether lines that come next are asked for on the way; only the loop of 8 rows by 2 vectors has room for that.
    /// </summary>
    static virtual bool Prefetch => false;
}

/// <summary>Every k, of a packed panel, while lines of the broadcast operand that come next are asked for.</summary>
internal readonly struct AllIndices : IInnerIndices
{
    public static bool Prefetch => true;
}

/// <summary>Every k, of a panel that is not packed yet.</summary>
internal readonly struct PackingIndices : IInnerIndices
{
    public static bool Pack => true;
}

/// <summary>The k of a list.</summary>
internal readonly struct ListedIndices : IInnerIndices
{
    public static bool AreListed => true;
}
