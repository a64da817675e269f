using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary><see cref="MicroKernel"/> for eight rows, where a processor has 32 vector registers.</summary>
internal static unsafe class EightRowMicroKernel
{
    /// <summary>tile (8, 2 vectors) = broadcast rows (8, K) · panel (K, 2 vectors), the sums in 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void EightByTwo<S, V, TLoop>(
        int count, int* indices, float* broadcast, nint rowStride, nint depthStride, float* panel, float* tile, nint tileStride,
        float* source, nint sourceStride)
        where S : ISimd<V>
        where V : unmanaged
        where TLoop : struct, IDepthLoop
    {
        V sum00 = S.Zero, sum01 = S.Zero;
        V sum10 = S.Zero, sum11 = S.Zero;
        V sum20 = S.Zero, sum21 = S.Zero;
        V sum30 = S.Zero, sum31 = S.Zero;
        V sum40 = S.Zero, sum41 = S.Zero;
        V sum50 = S.Zero, sum51 = S.Zero;
        V sum60 = S.Zero, sum61 = S.Zero;
        V sum70 = S.Zero, sum71 = S.Zero;
        // Rows of an operand that is read in place are neighbouring numbers: constants, not registers.
        nint row = TLoop.ReadsInPlace ? 1 : rowStride;
        nint row2 = 2 * row;
        nint row3 = 3 * row;
        float* lower = broadcast + (4 * row);
        float* start = broadcast, panelStart = panel, sourceStart = source;
        Segment* segment = (Segment*)indices;
        int segments = count;
        // From a number that is read in place to the one at the same place of the next segment, which is prefetched.
        nint broadcastAhead = 0, sourceAhead = 0;
        do
        {
            if (TLoop.HasSegments)
            {
                broadcast = start + segment->Broadcast;
                lower = broadcast + (4 * row);
                panel = panelStart + (segment->Panel * (nint)(2 * S.Lanes));
                source = sourceStart + segment->Panel;
                count = segment->Length;
                segment++;
                if (TLoop.ReadsInPlace)
                {
                    broadcastAhead = segment->Broadcast - segment[-1].Broadcast;
                    sourceAhead = segment->Panel - segment[-1].Panel;
                }
            }
            for (int i = 0; i < count; i++)
            {
                nint k = TLoop.UsesIndices ? indices[i] : 0;
                float* x = broadcast + (k * depthStride);
                float* y = lower + (k * depthStride);
                float* b = TLoop.Packs || TLoop.ReadsInPlace ? source : panel + (k * (2 * S.Lanes));
                V b0 = S.Load(b);
                V b1 = S.Load(b + S.Lanes);
                if (TLoop.Prefetches)
                {
                    CacheLines.Prefetch(source);
                    source += sourceStride;
                }
                if (TLoop.Packs)
                {
                    S.Store(b0, panel);
                    S.Store(b1, panel + S.Lanes);
                }
                if (TLoop.ReadsInPlace)
                {
                    CacheLines.Prefetch(broadcast + broadcastAhead);
                    CacheLines.Prefetch(source + sourceAhead);
                    CacheLines.Prefetch(source + sourceAhead + S.Lanes);
                }
                if (TLoop.Packs || TLoop.ReadsInPlace)
                    source += sourceStride;
                V a;
                a = S.Broadcast(x[0]);
                sum00 = S.MultiplyAdd(a, b0, sum00);
                sum01 = S.MultiplyAdd(a, b1, sum01);
                a = S.Broadcast(x[row]);
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
                a = S.Broadcast(y[row]);
                sum50 = S.MultiplyAdd(a, b0, sum50);
                sum51 = S.MultiplyAdd(a, b1, sum51);
                a = S.Broadcast(y[row2]);
                sum60 = S.MultiplyAdd(a, b0, sum60);
                sum61 = S.MultiplyAdd(a, b1, sum61);
                a = S.Broadcast(y[row3]);
                sum70 = S.MultiplyAdd(a, b0, sum70);
                sum71 = S.MultiplyAdd(a, b1, sum71);
                if (!TLoop.UsesIndices)
                {
                    broadcast += depthStride;
                    lower += depthStride;
                    if (!TLoop.ReadsInPlace)
                        panel += 2 * S.Lanes;
                }
            }
        }
        while (TLoop.HasSegments && --segments > 0);
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

    /// <summary>tile (8, 1 vector) = broadcast rows (8, K) · panel (K, 1 vector), the sums in 8 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void EightByOne<S, V, TLoop>(
        int count, int* indices, float* broadcast, nint rowStride, nint depthStride, float* panel, float* tile, nint tileStride,
        float* source, nint sourceStride)
        where S : ISimd<V>
        where V : unmanaged
        where TLoop : struct, IDepthLoop
    {
        V sum0 = S.Zero;
        V sum1 = S.Zero;
        V sum2 = S.Zero;
        V sum3 = S.Zero;
        V sum4 = S.Zero;
        V sum5 = S.Zero;
        V sum6 = S.Zero;
        V sum7 = S.Zero;
        // Rows of an operand that is read in place are neighbouring numbers: constants, not registers.
        nint row = TLoop.ReadsInPlace ? 1 : rowStride;
        nint row2 = 2 * row;
        nint row3 = 3 * row;
        float* lower = broadcast + (4 * row);
        float* start = broadcast, panelStart = panel, sourceStart = source;
        Segment* segment = (Segment*)indices;
        int segments = count;
        do
        {
            if (TLoop.HasSegments)
            {
                broadcast = start + segment->Broadcast;
                lower = broadcast + (4 * row);
                int panelRow = TLoop.TakesPairs ? segment->Panel / 2 : segment->Panel;
                panel = panelStart + (panelRow * (nint)S.Lanes);
                source = sourceStart + segment->Panel;
                count = TLoop.TakesPairs ? segment->Length / 2 : segment->Length;
                segment++;
            }
            for (int i = 0; i < count; i++)
            {
                nint k = TLoop.UsesIndices ? indices[i] : 0;
                float* x = broadcast + (k * depthStride);
                float* y = lower + (k * depthStride);
                float* b = TLoop.Packs || TLoop.ReadsInPlace ? source : panel + (k * S.Lanes);
                V b0 = S.Load(b);
                if (TLoop.Packs)
                {
                    S.Store(b0, panel);
                }
                if (TLoop.Packs || TLoop.ReadsInPlace)
                    source += sourceStride;
                sum0 = S.MultiplyAdd(MicroKernel.Broadcast<S, V, TLoop>(x), b0, sum0);
                sum1 = S.MultiplyAdd(MicroKernel.Broadcast<S, V, TLoop>(x + row), b0, sum1);
                sum2 = S.MultiplyAdd(MicroKernel.Broadcast<S, V, TLoop>(x + row2), b0, sum2);
                sum3 = S.MultiplyAdd(MicroKernel.Broadcast<S, V, TLoop>(x + row3), b0, sum3);
                sum4 = S.MultiplyAdd(MicroKernel.Broadcast<S, V, TLoop>(y), b0, sum4);
                sum5 = S.MultiplyAdd(MicroKernel.Broadcast<S, V, TLoop>(y + row), b0, sum5);
                sum6 = S.MultiplyAdd(MicroKernel.Broadcast<S, V, TLoop>(y + row2), b0, sum6);
                sum7 = S.MultiplyAdd(MicroKernel.Broadcast<S, V, TLoop>(y + row3), b0, sum7);
                if (!TLoop.UsesIndices)
                {
                    broadcast += depthStride;
                    lower += depthStride;
                    if (!TLoop.ReadsInPlace)
                        panel += S.Lanes;
                }
            }
        }
        while (TLoop.HasSegments && --segments > 0);
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
