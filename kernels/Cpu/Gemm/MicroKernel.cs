using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>Which k the micro-kernel walks, and where it takes the panel from.</summary>
internal interface IDepthLoop
{
    /// <summary>Whether the k are given by their indices; else it is every k.</summary>
    static virtual bool UsesIndices => false;

    /// <summary>
    /// Whether the panel is read where the operand lies and packed on the way. Behind the operand's last column it then holds
    /// what stands there, not zeros: no sum that is stored sees it, but a scan of the panel for nonzero indices would.
    /// </summary>
    static virtual bool Packs => false;

    /// <summary>Whether lines that come next are prefetched; only the loop of 8 rows by 2 vectors has room for that.</summary>
    static virtual bool Prefetches => false;

    /// <summary>
    /// Whether the walk is in <see cref="Segment"/>s, given instead of indices: each begins elsewhere, in the broadcast operand
    /// and in the panel.
    /// </summary>
    static virtual bool HasSegments => false;

    /// <summary>Whether the panel is read where the operand lies and not packed.</summary>
    static virtual bool ReadsInPlace => false;

    /// <summary>
    /// Whether two k are taken at a time: lanes 2j and 2j + 1 of the panel belong to column j, and their sums are to be added at the
    /// end. Segments begin and end at even k.
    /// </summary>
    static virtual bool TakesPairs => false;
}

/// <summary>A part of a sum: so many k one after the other.</summary>
/// <param name="Broadcast">Where it begins in the broadcast operand, in numbers.</param>
/// <param name="Panel">The row of the panel where it begins; where that is read in place, in numbers.</param>
/// <param name="Length">How many k.</param>
internal readonly record struct Segment(int Broadcast, int Panel, int Length);

/// <summary>Every k, of a packed panel, while lines of the broadcast operand that come next are prefetched.</summary>
internal readonly struct FullLoop : IDepthLoop
{
    public static bool Prefetches => true;
}

/// <summary>Every k, of a panel that is not packed yet.</summary>
internal readonly struct PackingLoop : IDepthLoop
{
    public static bool Packs => true;
}

/// <summary>The k of nonzero indices.</summary>
internal readonly struct IndexedLoop : IDepthLoop
{
    public static bool UsesIndices => true;
}

/// <summary>Every k of some segments, of a packed panel.</summary>
internal readonly struct SegmentLoop : IDepthLoop
{
    public static bool HasSegments => true;
}

/// <summary>Every k of some segments, two at a time, of a packed panel of half a vector's columns.</summary>
internal readonly struct PairSegmentLoop : IDepthLoop
{
    public static bool HasSegments => true;

    public static bool TakesPairs => true;
}

/// <summary>Every k of some segments, of an operand that is read in place.</summary>
internal readonly struct InPlaceSegmentLoop : IDepthLoop
{
    public static bool HasSegments => true;

    public static bool ReadsInPlace => true;
}

/// <summary>
/// The inner loop of every product: tile (rows, vectors) = broadcast rows (rows, K) · panel (K, vectors). Rows are read where
/// they lie, one number at a time and broadcast; the panel is packed, two or four vectors for each k, fewer where the matrix
/// ends.
/// </summary>
/// <remarks>
/// Eight rows by two vectors are 16 sums, 2 panel vectors and a broadcast: 19 of the 32 registers of AVX-512, and enough
/// independent sums (16 &gt; 2 a cycle · 4 cycles) to keep both multipliers busy. With 16 registers, four rows fit.
/// Written out, because the just-in-time compiler keeps only named locals in registers.
/// </remarks>
internal static unsafe class MicroKernel
{
    /// <summary>Computes <see cref="ISimd{TVector}.MicroKernelRows"/> rows of a tile.</summary>
    /// <param name="count">How many k to walk: K, or the number of indices, or of segments, 1 or more.</param>
    /// <param name="indices">Which k, for <see cref="IndexedLoop"/>; the segments, where the loop has some.</param>
    /// <param name="broadcast">The broadcast operand's first row at k = 0; element (i, k) is at i · rowStride + k · depthStride.</param>
    /// <param name="rowStride">Distance of its rows.</param>
    /// <param name="depthStride">Distance from one k to the next, or of pairs.</param>
    /// <param name="panel">(K, 2 vectors), or (K, 1 vector), or (K/2, 1 vector) of pairs, packed.</param>
    /// <param name="vectors">The panel's width, 1 or 2.</param>
    /// <param name="tile">Where row 0 goes.</param>
    /// <param name="tileStride">Distance of the tile's rows.</param>
    /// <param name="source">
    /// For <see cref="PackingLoop"/> row 0 of the packed operand at the first column of the panel, which segments in place count
    /// from; for <see cref="FullLoop"/> what to prefetch at the first k.
    /// </param>
    /// <param name="sourceStride">Distance from one k to the next.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run<S, V, TLoop>(
        int count, int* indices, float* broadcast, nint rowStride, nint depthStride, float* panel, int vectors, float* tile, nint tileStride,
        float* source, nint sourceStride)
        where S : ISimd<V>
        where V : unmanaged
        where TLoop : struct, IDepthLoop
    {
        if (S.MicroKernelRows == 8)
        {
            if (vectors == 1)
                EightRowMicroKernel.EightByOne<S, V, TLoop>(count, indices, broadcast, rowStride, depthStride, panel, tile, tileStride, source, sourceStride);
            else
                EightRowMicroKernel.EightByTwo<S, V, TLoop>(count, indices, broadcast, rowStride, depthStride, panel, tile, tileStride, source, sourceStride);
        }
        else
        {
            if (vectors == 1)
                FourRowMicroKernel.FourByOne<S, V, TLoop>(count, indices, broadcast, rowStride, depthStride, panel, tile, tileStride, source, sourceStride);
            else
                FourRowMicroKernel.FourByTwo<S, V, TLoop>(count, indices, broadcast, rowStride, depthStride, panel, tile, tileStride, source, sourceStride);
        }
    }

    /// <summary>What a row is multiplied by: its number at k, or the pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Broadcast<S, V, TLoop>(float* x)
        where S : ISimd<V>
        where V : unmanaged
        where TLoop : struct, IDepthLoop => TLoop.TakesPairs ? S.BroadcastPair(x) : S.Broadcast(*x);

    /// <summary>Computes <see cref="NonzeroIndices.GroupRows"/> rows of a tile from the k of nonzero indices.</summary>
    /// <param name="count">How many indices there are.</param>
    /// <param name="indices">Which k.</param>
    /// <param name="broadcast">The broadcast operand's first row at k = 0; element (i, k) is at i · rowStride + k · depthStride.</param>
    /// <param name="rowStride">Distance of its rows.</param>
    /// <param name="depthStride">Distance from one k to the next.</param>
    /// <param name="panel">(K, vectors), packed.</param>
    /// <param name="vectors">The panel's width, 1, 2 or 4.</param>
    /// <param name="tile">Where row 0 goes.</param>
    /// <param name="tileStride">Distance of the tile's rows.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void RunFourRows<S, V>(
        int count, int* indices, float* broadcast, nint rowStride, nint depthStride, float* panel, int vectors, float* tile, nint tileStride)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (S.SparsePanelVectors == 4 && vectors == 4)
            FourRowMicroKernel.FourByFour<S, V>(count, indices, broadcast, rowStride, depthStride, panel, tile, tileStride);
        else if (vectors == 2)
            FourRowMicroKernel.FourByTwo<S, V, IndexedLoop>(count, indices, broadcast, rowStride, depthStride, panel, tile, tileStride, null, 0);
        else
            FourRowMicroKernel.FourByOne<S, V, IndexedLoop>(count, indices, broadcast, rowStride, depthStride, panel, tile, tileStride, null, 0);
    }
}
