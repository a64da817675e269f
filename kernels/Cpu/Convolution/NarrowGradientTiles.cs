using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>The inner loops of <see cref="NarrowGradientKernel"/>, with their sums in registers.</summary>
internal static unsafe class NarrowGradientTiles
{
    /// <summary>Numbers of a window that a tile has: all taps of a channel where windows are 3×3.</summary>
    public const int Rows = 9;

    // How far ahead the wide map is prefetched: a page or more, where the processor's own prefetching begins anew.
    private const int PixelsAhead = 32;

    /// <summary>sums (9, 2 vectors) += Σ over pixels of nine numbers of their windows times two vectors of channels.</summary>
    /// <param name="windows">The first pixel's window.</param>
    /// <param name="offsets">Where in a window the nine are.</param>
    /// <param name="step">From a window to that of the next pixel in the row.</param>
    /// <param name="rowStep">And of the next row.</param>
    /// <param name="rows">Rows of pixels.</param>
    /// <param name="columns">Pixels of a row.</param>
    /// <param name="pixels">The first pixel.</param>
    /// <param name="channels">From a pixel to the next.</param>
    /// <param name="sums">The first sum.</param>
    /// <param name="stride">From a row of sums to the next.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void AddTwo<S, V>(
        float* windows, nint* offsets, nint step, nint rowStep, int rows, int columns, float* pixels, nint channels, float* sums, nint stride)
        where S : ISimd<V>
        where V : unmanaged
    {
        V sum00 = S.Load(sums), sum01 = S.Load(sums + S.Lanes);
        V sum10 = S.Load(sums + stride), sum11 = S.Load(sums + stride + S.Lanes);
        V sum20 = S.Load(sums + (2 * stride)), sum21 = S.Load(sums + (2 * stride) + S.Lanes);
        V sum30 = S.Load(sums + (3 * stride)), sum31 = S.Load(sums + (3 * stride) + S.Lanes);
        V sum40 = S.Load(sums + (4 * stride)), sum41 = S.Load(sums + (4 * stride) + S.Lanes);
        V sum50 = S.Load(sums + (5 * stride)), sum51 = S.Load(sums + (5 * stride) + S.Lanes);
        V sum60 = S.Load(sums + (6 * stride)), sum61 = S.Load(sums + (6 * stride) + S.Lanes);
        V sum70 = S.Load(sums + (7 * stride)), sum71 = S.Load(sums + (7 * stride) + S.Lanes);
        V sum80 = S.Load(sums + (8 * stride)), sum81 = S.Load(sums + (8 * stride) + S.Lanes);
        float* x0 = windows + offsets[0], x1 = windows + offsets[1], x2 = windows + offsets[2];
        float* x3 = windows + offsets[3], x4 = windows + offsets[4], x5 = windows + offsets[5];
        float* x6 = windows + offsets[6], x7 = windows + offsets[7], x8 = windows + offsets[8];
        nint ahead = PixelsAhead * channels;
        for (nint row = 0; rows > 0; rows--, row += rowStep)
        {
            nint k = row;
            for (int column = columns; column > 0; column--, k += step)
            {
                V b0 = S.Load(pixels), b1 = S.Load(pixels + S.Lanes);
                CacheLines.Prefetch(pixels + ahead);
                CacheLines.Prefetch(pixels + ahead + S.Lanes);
                pixels += channels;
                V a = S.Broadcast(x0[k]);
                sum00 = S.MultiplyAdd(a, b0, sum00);
                sum01 = S.MultiplyAdd(a, b1, sum01);
                a = S.Broadcast(x1[k]);
                sum10 = S.MultiplyAdd(a, b0, sum10);
                sum11 = S.MultiplyAdd(a, b1, sum11);
                a = S.Broadcast(x2[k]);
                sum20 = S.MultiplyAdd(a, b0, sum20);
                sum21 = S.MultiplyAdd(a, b1, sum21);
                a = S.Broadcast(x3[k]);
                sum30 = S.MultiplyAdd(a, b0, sum30);
                sum31 = S.MultiplyAdd(a, b1, sum31);
                a = S.Broadcast(x4[k]);
                sum40 = S.MultiplyAdd(a, b0, sum40);
                sum41 = S.MultiplyAdd(a, b1, sum41);
                a = S.Broadcast(x5[k]);
                sum50 = S.MultiplyAdd(a, b0, sum50);
                sum51 = S.MultiplyAdd(a, b1, sum51);
                a = S.Broadcast(x6[k]);
                sum60 = S.MultiplyAdd(a, b0, sum60);
                sum61 = S.MultiplyAdd(a, b1, sum61);
                a = S.Broadcast(x7[k]);
                sum70 = S.MultiplyAdd(a, b0, sum70);
                sum71 = S.MultiplyAdd(a, b1, sum71);
                a = S.Broadcast(x8[k]);
                sum80 = S.MultiplyAdd(a, b0, sum80);
                sum81 = S.MultiplyAdd(a, b1, sum81);
            }
        }
        S.Store(sum00, sums);
        S.Store(sum01, sums + S.Lanes);
        S.Store(sum10, sums + stride);
        S.Store(sum11, sums + stride + S.Lanes);
        S.Store(sum20, sums + (2 * stride));
        S.Store(sum21, sums + (2 * stride) + S.Lanes);
        S.Store(sum30, sums + (3 * stride));
        S.Store(sum31, sums + (3 * stride) + S.Lanes);
        S.Store(sum40, sums + (4 * stride));
        S.Store(sum41, sums + (4 * stride) + S.Lanes);
        S.Store(sum50, sums + (5 * stride));
        S.Store(sum51, sums + (5 * stride) + S.Lanes);
        S.Store(sum60, sums + (6 * stride));
        S.Store(sum61, sums + (6 * stride) + S.Lanes);
        S.Store(sum70, sums + (7 * stride));
        S.Store(sum71, sums + (7 * stride) + S.Lanes);
        S.Store(sum80, sums + (8 * stride));
        S.Store(sum81, sums + (8 * stride) + S.Lanes);
    }

    /// <summary>sums (9, 1 vector) += the same of one vector of channels.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void AddOne<S, V>(
        float* windows, nint* offsets, nint step, nint rowStep, int rows, int columns, float* pixels, nint channels, float* sums, nint stride)
        where S : ISimd<V>
        where V : unmanaged
    {
        V sum0 = S.Load(sums), sum1 = S.Load(sums + stride), sum2 = S.Load(sums + (2 * stride));
        V sum3 = S.Load(sums + (3 * stride)), sum4 = S.Load(sums + (4 * stride)), sum5 = S.Load(sums + (5 * stride));
        V sum6 = S.Load(sums + (6 * stride)), sum7 = S.Load(sums + (7 * stride)), sum8 = S.Load(sums + (8 * stride));
        float* x0 = windows + offsets[0], x1 = windows + offsets[1], x2 = windows + offsets[2];
        float* x3 = windows + offsets[3], x4 = windows + offsets[4], x5 = windows + offsets[5];
        float* x6 = windows + offsets[6], x7 = windows + offsets[7], x8 = windows + offsets[8];
        nint ahead = PixelsAhead * channels;
        for (nint row = 0; rows > 0; rows--, row += rowStep)
        {
            nint k = row;
            for (int column = columns; column > 0; column--, k += step)
            {
                V b = S.Load(pixels);
                CacheLines.Prefetch(pixels + ahead);
                pixels += channels;
                sum0 = S.MultiplyAdd(S.Broadcast(x0[k]), b, sum0);
                sum1 = S.MultiplyAdd(S.Broadcast(x1[k]), b, sum1);
                sum2 = S.MultiplyAdd(S.Broadcast(x2[k]), b, sum2);
                sum3 = S.MultiplyAdd(S.Broadcast(x3[k]), b, sum3);
                sum4 = S.MultiplyAdd(S.Broadcast(x4[k]), b, sum4);
                sum5 = S.MultiplyAdd(S.Broadcast(x5[k]), b, sum5);
                sum6 = S.MultiplyAdd(S.Broadcast(x6[k]), b, sum6);
                sum7 = S.MultiplyAdd(S.Broadcast(x7[k]), b, sum7);
                sum8 = S.MultiplyAdd(S.Broadcast(x8[k]), b, sum8);
            }
        }
        S.Store(sum0, sums);
        S.Store(sum1, sums + stride);
        S.Store(sum2, sums + (2 * stride));
        S.Store(sum3, sums + (3 * stride));
        S.Store(sum4, sums + (4 * stride));
        S.Store(sum5, sums + (5 * stride));
        S.Store(sum6, sums + (6 * stride));
        S.Store(sum7, sums + (7 * stride));
        S.Store(sum8, sums + (8 * stride));
    }
}
