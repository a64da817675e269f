using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// <see cref="ConvolutionWeightGradient"/> where one map has a few channels: the first layer of a network on pictures, and the last.
/// A tile is nine numbers of a window of the narrow map (all taps of one channel where windows are 3×3) by a panel of channels of
/// the wide one, summed over the wide one's pixels. The wide map is read where it lies, the narrow one from a copy with padding. An
/// item is a group of images.
/// </summary>
/// <remarks>
/// A group has as many images as its shape says, and sums of its own, which are added in order at the end: threads change no bit.
/// </remarks>
internal unsafe struct NarrowGradientKernel
{
    private const int TileRows = 9;

    // Wide maps of a group, and of a band of rows that all tiles pass over while it is in the first-level cache.
    private const long GroupBytes = 256 * 1024;
    private const int BandBytes = 16 * 1024;

    // How far ahead the wide map is prefetched: a page or more, where the processor's own prefetching begins anew.
    private const int PixelsAhead = 32;

    private static readonly ScratchUse _padded = new();
    private static readonly ScratchUse _sums = new();

    private int _images;

    /// <summary>Images of a group.</summary>
    private int _group;

    private float* _narrow;
    private float* _wide;
    private PaddedMap _map;

    /// <summary>For each worker a narrow map with zeros around it.</summary>
    private float* _paddedMaps;

    /// <summary>(groups, numbers of a window rounded up to tiles, wide channels rounded up to vectors).</summary>
    private float* _groupSums;

    private float* _gradient;

    /// <summary>Whether the narrow map is the large one, so that windows are those of the weights; else they are turned around.</summary>
    private bool _isLargeNarrow;

    private readonly Shape Wide => _map.Other;

    private readonly int Groups => MatrixProduct.DivideUp(_images, _group);

    /// <summary>Whether one map is narrow and the other is not; a narrow small one has to have a pixel for each of the large one.</summary>
    public static bool Suits<S, V>(in ConvolutionGeometry geometry)
        where S : ISimd<V>
        where V : unmanaged =>
        NarrowConvolution.IsNarrow<S, V>(geometry.Large.Channels)
            ? !NarrowConvolution.IsNarrow<S, V>(geometry.Small.Channels)
            : geometry.Stride == 1;

    public static void Run<S, V>(CpuDevice<S, V> device, in ConvolutionWeightGradient operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionGeometry geometry = operation.Geometry;
        bool isLargeNarrow = NarrowConvolution.IsNarrow<S, V>(geometry.Large.Channels);
        (View<float> narrow, View<float> wide) = isLargeNarrow ? (operation.X, operation.G) : (operation.G, operation.X);
        var map = new PaddedMap(geometry, isLargeNarrow);
        var kernel = new NarrowGradientKernel
        {
            _images = wide.Rows,
            _group = (int)Math.Clamp(GroupBytes / ((long)wide.Columns * sizeof(float)), 1, 16),
            _narrow = narrow.Pointer(),
            _wide = wide.Pointer(),
            _map = map,
            _paddedMaps = device.Scratch.Take<float>(_padded, (long)device.Pool.Size * map.Size),
            _gradient = operation.WeightGradient.Pointer(),
            _isLargeNarrow = isLargeNarrow,
        };
        kernel._groupSums = device.Scratch.Take<float>(_sums, (long)kernel.Groups * kernel.SumRows * kernel.SumWidth<S, V>());
        device.Pool.Run(&Items<S, V>, &kernel, kernel.Groups);
        device.Pool.Run(&AddGroups<S, V>, &kernel, kernel._map.Window);
    }

    private readonly int SumRows => MatrixProduct.DivideUp(_map.Window, TileRows) * TileRows;

    private readonly int SumWidth<S, V>()
        where S : ISimd<V>
        where V : unmanaged => MatrixProduct.DivideUp(Wide.Channels, S.Lanes) * S.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        NarrowGradientKernel kernel = *(NarrowGradientKernel*)context;
        float* padded = kernel._paddedMaps + ((nint)worker * kernel._map.Size);
        new Span<float>(padded, kernel._map.Size).Clear();
        nint size = kernel.SumRows * kernel.SumWidth<S, V>();
        for (int group = first; group < first + count; group++)
        {
            float* sums = kernel._groupSums + (group * size);
            new Span<float>(sums, (int)size).Clear();
            int begin = group * kernel._group, end = Math.Min(begin + kernel._group, kernel._images);
            for (int image = begin; image < end; image++)
            {
                kernel._map.Copy<S, V>(kernel._narrow + ((nint)image * kernel._map.Shape.Size), padded);
                kernel.Add<S, V>(kernel._wide + ((nint)image * kernel.Wide.Size), padded, sums);
            }
        }
    }

    /// <summary>Adds what the pixels of an image give, a band of rows at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Add<S, V>(float* wide, float* padded, float* sums)
        where S : ISimd<V>
        where V : unmanaged
    {
        int channels = Wide.Channels, width = SumWidth<S, V>(), wideRow = Wide.Width * channels, window = _map.Window;
        int band = Math.Max(1, BandBytes / (wideRow * sizeof(float)));
        nint* offsets = stackalloc nint[TileRows];
        for (int top = 0; top < Wide.Height; top += band)
        {
            int rows = Math.Min(band, Wide.Height - top);
            float* windows = padded + ((nint)top * _map.RowStep), pixels = wide + ((nint)top * wideRow);
            for (int tile = 0; tile < window; tile += TileRows)
            {
                // Behind the last number of a window it is repeated, for sums that nobody reads.
                for (int i = 0; i < TileRows; i++)
                    offsets[i] = _map.Offset(Math.Min(tile + i, window - 1));
                int channel = 0;
                // Two vectors by nine sums need more than 16 registers.
                for (; S.MicroKernelRows == 8 && channel + S.Lanes < channels; channel += 2 * S.Lanes)
                {
                    AddTwo<S, V>(
                        windows, offsets, _map.ColumnStep, _map.RowStep, rows, Wide.Width, pixels + channel, channels,
                        sums + ((nint)tile * width) + channel, width);
                }
                for (; channel < channels; channel += S.Lanes)
                {
                    AddOne<S, V>(
                        windows, offsets, _map.ColumnStep, _map.RowStep, rows, Wide.Width, pixels + channel, channels,
                        sums + ((nint)tile * width) + channel, width);
                }
            }
        }
    }

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
    private static void AddTwo<S, V>(
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

    /// <summary>The same of one vector of channels.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void AddOne<S, V>(
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

    /// <summary>The gradient's numbers from those of the groups. An item is a number of the window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddGroups<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        NarrowGradientKernel kernel = *(NarrowGradientKernel*)context;
        int width = kernel.SumWidth<S, V>(), channels = kernel.Wide.Channels, narrow = kernel._map.Shape.Channels;
        nint size = kernel.SumRows * width;
        for (int number = first; number < first + count; number++)
        {
            float* target = kernel._gradient + number;
            nint step = kernel._map.Window;
            if (!kernel._isLargeNarrow)
            {
                // (taps turned around, narrow channels) to (narrow channels, taps, wide channels).
                int taps = kernel._map.Kernel * kernel._map.Kernel, tap = taps - 1 - (number / narrow);
                target = kernel._gradient + ((nint)number % narrow * taps * channels) + ((nint)tap * channels);
                step = 1;
            }
            for (int channel = 0; channel < channels; channel += S.Lanes)
            {
                float* sums = kernel._groupSums + ((nint)number * width) + channel;
                V sum = S.Load(sums);
                for (int group = 1; group < kernel.Groups; group++)
                    sum = S.Add(sum, S.Load(sums + (group * size)));
                S.Store(sum, sums);
                for (int lane = 0; lane < S.Lanes && channel + lane < channels; lane++)
                    target[(channel + lane) * step] = sums[lane];
            }
        }
    }
}
