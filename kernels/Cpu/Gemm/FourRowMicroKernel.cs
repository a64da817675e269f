using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>
/// <see cref="MicroKernel"/> for four rows: where a processor has 16 vector registers, and where k are skipped. There four rows by
/// four vectors need no more loads than eight by two, and four neighbouring rows of images are zero together more often than
/// eight.
/// </summary>
internal static unsafe class FourRowMicroKernel
{
    /// <summary>tile (4, 4 vectors) = broadcast rows (4, K) · panel (K, 4 vectors), the sums in 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FourByFour<S, V>(
        int count, int* indices, float* broadcast, nint rowStride, nint depthStride, float* panel, float* tile, nint tileStride)
        where S : ISimd<V>
        where V : unmanaged
    {
        V sum00 = S.Zero, sum01 = S.Zero, sum02 = S.Zero, sum03 = S.Zero;
        V sum10 = S.Zero, sum11 = S.Zero, sum12 = S.Zero, sum13 = S.Zero;
        V sum20 = S.Zero, sum21 = S.Zero, sum22 = S.Zero, sum23 = S.Zero;
        V sum30 = S.Zero, sum31 = S.Zero, sum32 = S.Zero, sum33 = S.Zero;
        nint row2 = 2 * rowStride;
        nint row3 = 3 * rowStride;
        for (int i = 0; i < count; i++)
        {
            nint k = indices[i];
            float* x = broadcast + (k * depthStride);
            float* b = panel + (k * (4 * S.Lanes));
            V b0 = S.Load(b);
            V b1 = S.Load(b + S.Lanes);
            V b2 = S.Load(b + (2 * S.Lanes));
            V b3 = S.Load(b + (3 * S.Lanes));
            V a;
            a = S.Broadcast(x[0]);
            sum00 = S.MultiplyAdd(a, b0, sum00);
            sum01 = S.MultiplyAdd(a, b1, sum01);
            sum02 = S.MultiplyAdd(a, b2, sum02);
            sum03 = S.MultiplyAdd(a, b3, sum03);
            a = S.Broadcast(x[rowStride]);
            sum10 = S.MultiplyAdd(a, b0, sum10);
            sum11 = S.MultiplyAdd(a, b1, sum11);
            sum12 = S.MultiplyAdd(a, b2, sum12);
            sum13 = S.MultiplyAdd(a, b3, sum13);
            a = S.Broadcast(x[row2]);
            sum20 = S.MultiplyAdd(a, b0, sum20);
            sum21 = S.MultiplyAdd(a, b1, sum21);
            sum22 = S.MultiplyAdd(a, b2, sum22);
            sum23 = S.MultiplyAdd(a, b3, sum23);
            a = S.Broadcast(x[row3]);
            sum30 = S.MultiplyAdd(a, b0, sum30);
            sum31 = S.MultiplyAdd(a, b1, sum31);
            sum32 = S.MultiplyAdd(a, b2, sum32);
            sum33 = S.MultiplyAdd(a, b3, sum33);
        }
        S.Store(sum00, tile);
        S.Store(sum01, tile + S.Lanes);
        S.Store(sum02, tile + (2 * S.Lanes));
        S.Store(sum03, tile + (3 * S.Lanes));
        S.Store(sum10, tile + tileStride);
        S.Store(sum11, tile + tileStride + S.Lanes);
        S.Store(sum12, tile + tileStride + (2 * S.Lanes));
        S.Store(sum13, tile + tileStride + (3 * S.Lanes));
        S.Store(sum20, tile + (2 * tileStride));
        S.Store(sum21, tile + (2 * tileStride) + S.Lanes);
        S.Store(sum22, tile + (2 * tileStride) + (2 * S.Lanes));
        S.Store(sum23, tile + (2 * tileStride) + (3 * S.Lanes));
        S.Store(sum30, tile + (3 * tileStride));
        S.Store(sum31, tile + (3 * tileStride) + S.Lanes);
        S.Store(sum32, tile + (3 * tileStride) + (2 * S.Lanes));
        S.Store(sum33, tile + (3 * tileStride) + (3 * S.Lanes));
    }

    /// <summary>tile (4, 2 vectors) = broadcast rows (4, K) · panel (K, 2 vectors), the sums in 8 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FourByTwo<S, V, TLoop>(
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
        // Rows of an operand that is read in place are neighbouring numbers: constants, not registers.
        nint row = TLoop.ReadsInPlace ? 1 : rowStride;
        nint row2 = 2 * row;
        nint row3 = 3 * row;
        float* start = broadcast, panelStart = panel, sourceStart = source;
        Segment* segment = (Segment*)indices;
        int segments = count;
        do
        {
            if (TLoop.HasSegments)
            {
                broadcast = start + segment->Broadcast;
                panel = panelStart + (segment->Panel * (nint)(2 * S.Lanes));
                source = sourceStart + segment->Panel;
                count = segment->Length;
                segment++;
            }
            for (int i = 0; i < count; i++)
            {
                nint k = TLoop.UsesIndices ? indices[i] : 0;
                float* x = broadcast + (k * depthStride);
                float* b = TLoop.Packs || TLoop.ReadsInPlace ? source : panel + (k * (2 * S.Lanes));
                V b0 = S.Load(b);
                V b1 = S.Load(b + S.Lanes);
                if (TLoop.Packs)
                {
                    S.Store(b0, panel);
                    S.Store(b1, panel + S.Lanes);
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
                if (!TLoop.UsesIndices)
                {
                    broadcast += depthStride;
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
    }

    /// <summary>tile (4, 1 vector) = broadcast rows (4, K) · panel (K, 1 vector), the sums in 4 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FourByOne<S, V, TLoop>(
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
        // Rows of an operand that is read in place are neighbouring numbers: constants, not registers.
        nint row = TLoop.ReadsInPlace ? 1 : rowStride;
        nint row2 = 2 * row;
        nint row3 = 3 * row;
        float* start = broadcast, panelStart = panel, sourceStart = source;
        Segment* segment = (Segment*)indices;
        int segments = count;
        do
        {
            if (TLoop.HasSegments)
            {
                broadcast = start + segment->Broadcast;
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
                if (!TLoop.UsesIndices)
                {
                    broadcast += depthStride;
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
    }
}
