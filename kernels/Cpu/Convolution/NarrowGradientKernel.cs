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
    // Wide maps of a group, few enough that there are groups for many threads; and of a band of rows that all tiles pass over
    // while it is in the first-level cache.
    private const long GroupBytes = 128 * 1024;
    private const int GroupImages = 8;
    private const int BandBytes = 16 * 1024;

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
            _group = (int)Math.Clamp(GroupBytes / ((long)wide.Columns * sizeof(float)), 1, GroupImages),
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

    private readonly int SumRows => MatrixProduct.DivideUp(_map.Window, NarrowGradientTiles.Rows) * NarrowGradientTiles.Rows;

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
        nint* offsets = stackalloc nint[NarrowGradientTiles.Rows];
        for (int top = 0; top < Wide.Height; top += band)
        {
            int rows = Math.Min(band, Wide.Height - top);
            float* windows = padded + ((nint)top * _map.RowStep), pixels = wide + ((nint)top * wideRow);
            for (int tile = 0; tile < window; tile += NarrowGradientTiles.Rows)
            {
                // Behind the last number of a window it is repeated, for sums that nobody reads.
                for (int i = 0; i < NarrowGradientTiles.Rows; i++)
                    offsets[i] = _map.Offset(Math.Min(tile + i, window - 1));
                int channel = 0;
                // Two vectors by nine sums need more than 16 registers.
                for (; S.MicroKernelRows == 8 && channel + S.Lanes < channels; channel += 2 * S.Lanes)
                {
                    NarrowGradientTiles.AddTwo<S, V>(
                        windows, offsets, _map.ColumnStep, _map.RowStep, rows, Wide.Width, pixels + channel, channels,
                        sums + ((nint)tile * width) + channel, width);
                }
                for (; channel < channels; channel += S.Lanes)
                {
                    NarrowGradientTiles.AddOne<S, V>(
                        windows, offsets, _map.ColumnStep, _map.RowStep, rows, Wide.Width, pixels + channel, channels,
                        sums + ((nint)tile * width) + channel, width);
                }
            }
        }
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
