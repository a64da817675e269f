using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// <see cref="ConvolutionWeightGradient"/> of small maps, whose rows are too short to sum along: a tile is as many neighbouring input
/// channels of one tap as the micro-kernel has rows, by a panel of output channels, and its sum runs over the images of a group at each
/// output pixel whose window has that tap inside the map. Both maps are packed for that, a pixel's images one after the other, and
/// images beyond the last are zeros. An item is a tile.
/// </summary>
/// <remarks>
/// Tiles are added up a group of images at a time, in the order of the images: the sums do not depend on threads.
/// </remarks>
internal unsafe struct SmallMapGradientKernel
{
    // What a block of input channels and a panel of output channels may take of a group's images, in bytes: they stay in a core's cache
    // while taps pass by.
    private const long GroupBytes = 512 * 1024;

    // Images that are packed side by side, and that a group has a multiple of.
    private const int Beside = 8;

    // What both packed maps of a group may take, in bytes.
    private const long PackedBytes = 6 * 1024 * 1024;

    private const int LargestGroup = 128, LeastGroup = 64, LeastGroupOfManyWeights = 16;

    // More than a core's cache has room for beside a group, in bytes.
    private const long ManyWeights = 512 * 1024;

    private static readonly ScratchUse _tiles = new(), _blocks = new(), _panels = new(), _segments = new(), _counts = new();

    private float* _x;
    private float* _g;
    private float* _gradient;
    private ConvolutionGeometry _geometry;
    private int _images;
    private int _group;

    // The first image of the group that is added up.
    private int _image;

    // (block of input channels, pixel, image of the group, channel of the block)
    private float* _blocksOfX;

    // (panel, pixel, image of the group, 2 vectors of output channels)
    private float* _panelsOfG;

    // (tap, output pixel), the first so many of each tap.
    private Segment* _pairs;
    private int* _pairCounts;

    private float* _sums;
    private float* _workerTiles;

    private readonly int LargePixels => _geometry.Large.Height * _geometry.Large.Width;

    private readonly int SmallPixels => _geometry.Small.Height * _geometry.Small.Width;

    private readonly int Taps => _geometry.Kernel * _geometry.Kernel;

    /// <summary>
    /// Whether this is faster than rows of the maps that are read in place: for small maps, and where so many weights are added up group by
    /// group that larger groups pay. There have to be some images, and output channels that fill half of a vector at least.
    /// </summary>
    public static bool Suits<S, V>(in ConvolutionGeometry geometry, int images)
        where S : ISimd<V>
        where V : unmanaged
    {
        bool hasManyWeights = (long)geometry.Small.Channels * geometry.Depth * sizeof(float) >= ManyWeights;
        return images >= 2 * Beside && 2 * geometry.Small.Channels > S.Lanes
            && GroupOf<S, V>(geometry) >= (hasManyWeights ? LeastGroupOfManyWeights : LeastGroup);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in ConvolutionWeightGradient operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionGeometry geometry = operation.Geometry;
        int rows = S.MicroKernelRows, width = 2 * S.Lanes;
        int groups = MatrixProduct.DivideUp(operation.X.Rows, GroupOf<S, V>(geometry));
        var kernel = new SmallMapGradientKernel
        {
            _x = operation.X.Pointer(),
            _g = operation.G.Pointer(),
            _gradient = operation.WeightGradient.Pointer(),
            _geometry = geometry,
            _images = operation.X.Rows,
            _group = MatrixProduct.DivideUp(MatrixProduct.DivideUp(operation.X.Rows, groups), Beside) * Beside,
            _workerTiles = device.Scratch.Take<float>(_tiles, (long)device.Pool.Size * rows * width),
        };
        int blocks = MatrixProduct.DivideUp(geometry.Large.Channels, rows), panels = MatrixProduct.DivideUp(geometry.Small.Channels, width);
        kernel._blocksOfX = device.Scratch.Take<float>(_blocks, (long)blocks * kernel.LargePixels * kernel._group * rows);
        kernel._panelsOfG = device.Scratch.Take<float>(_panels, (long)panels * kernel.SmallPixels * kernel._group * width);
        kernel._pairs = device.Scratch.Take<Segment>(_segments, (long)kernel.Taps * kernel.SmallPixels);
        kernel._pairCounts = device.Scratch.Take<int>(_counts, kernel.Taps);
        kernel.FindPairs<S, V>();
        int items = blocks * panels * kernel.Taps;
        if (kernel._group < kernel._images)
            kernel._sums = device.Scratch.Take<float>(ConvolutionPacking.Largest, (long)items * rows * width);
        for (; kernel._image < kernel._images; kernel._image += kernel._group)
        {
            device.Pool.Run(&Pack<S, V>, &kernel, kernel._group / Beside);
            device.Pool.Run(&Items<S, V>, &kernel, items);
        }
    }

    private static int GroupOf<S, V>(in ConvolutionGeometry geometry)
        where S : ISimd<V>
        where V : unmanaged
    {
        long image = ((long)geometry.Large.Height * geometry.Large.Width * S.MicroKernelRows)
            + ((long)geometry.Small.Height * geometry.Small.Width * 2 * S.Lanes);
        long packed = (long)(geometry.Large.Size + geometry.Small.Size) * sizeof(float);
        return (int)Math.Min(LargestGroup, Math.Min(PackedBytes / packed, GroupBytes / (image * sizeof(float)))) / Beside * Beside;
    }

    /// <summary>For each tap the pixels of both maps that it joins.</summary>
    private readonly void FindPairs<S, V>()
        where S : ISimd<V>
        where V : unmanaged
    {
        (Shape large, Shape small) = (_geometry.Large, _geometry.Small);
        for (int tap = 0; tap < Taps; tap++)
        {
            (int u, int v) = (tap / _geometry.Kernel, tap % _geometry.Kernel);
            (int top, int bottom) = ConvolutionTapTable.Inside(_geometry.Stride, _geometry.Top - u, large.Height, small.Height);
            (int left, int right) = ConvolutionTapTable.Inside(_geometry.Stride, _geometry.Left - v, large.Width, small.Width);
            Segment* first = _pairs + (tap * SmallPixels), next = first;
            for (int i = top; i < bottom; i++)
            {
                for (int j = left; j < right; j++)
                {
                    int row = (i * _geometry.Stride) - _geometry.Top + u, column = (j * _geometry.Stride) - _geometry.Left + v;
                    *next++ = new Segment(
                        ((row * large.Width) + column) * _group * S.MicroKernelRows, ((i * small.Width) + j) * _group, _group);
                }
            }
            _pairCounts[tap] = (int)(next - first);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        SmallMapGradientKernel kernel = *(SmallMapGradientKernel*)context;
        for (int inGroup = first * Beside; inGroup < (first + count) * Beside; inGroup += Beside)
        {
            int image = kernel._image + inGroup, images = Math.Clamp(kernel._images - image, 0, Beside);
            Shape large = kernel._geometry.Large, small = kernel._geometry.Small;
            float* x = kernel._x + ((nint)image * large.Size), g = kernel._g + ((nint)image * small.Size);
            float* blocks = kernel._blocksOfX + ((nint)inGroup * S.MicroKernelRows), panels = kernel._panelsOfG + ((nint)inGroup * 2 * S.Lanes);
            if (S.MicroKernelRows == Simd256.Lanes)
                PackMap<Simd256, Vector256<float>>(x, large, images, 1, kernel._group, blocks);
            else
                PackMap<Simd128, Vector128<float>>(x, large, images, 1, kernel._group, blocks);
            PackMap<S, V>(g, small, images, 2, kernel._group, panels);
        }
    }

    /// <summary>
    /// A map of neighbouring images to (piece of so many vectors of channels, pixel, image, channel of the piece). Behind the last channel
    /// stand other numbers: no sum that is stored sees them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackMap<S, V>(float* source, Shape map, int images, int vectors, int group, float* target)
        where S : ISimd<V>
        where V : unmanaged
    {
        int pixels = map.Height * map.Width, width = vectors * S.Lanes;
        for (int pixel = 0; pixel < pixels; pixel++, source += map.Channels, target += (nint)group * width)
        {
            float* piece = target;
            for (int channel = 0; channel < map.Channels; channel += width, piece += (nint)pixels * group * width)
            {
                for (int i = 0; i < Beside; i++)
                {
                    float* from = source + ((nint)i * map.Size) + channel, to = piece + (i * width);
                    S.Store(i < images ? S.Load(from) : S.Zero, to);
                    if (vectors == 2)
                        S.Store(i < images && channel + S.Lanes < map.Channels ? S.Load(from + S.Lanes) : S.Zero, to + S.Lanes);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        SmallMapGradientKernel kernel = *(SmallMapGradientKernel*)context;
        int rows = S.MicroKernelRows, width = 2 * S.Lanes, taps = kernel.Taps;
        int panels = MatrixProduct.DivideUp(kernel._geometry.Small.Channels, width);
        float* tile = kernel._workerTiles + ((nint)worker * rows * width);
        for (int item = first; item < first + count; item++)
        {
            (int block, int panel, int tap) = (item / (taps * panels), item / taps % panels, item % taps);
            float* sums = kernel._sums == null ? tile : kernel._sums + ((nint)item * rows * width);
            float* target = kernel._image == 0 ? sums : tile;
            if (kernel._pairCounts[tap] == 0)
            {
                new Span<float>(target, rows * width).Clear();
            }
            else
            {
                MicroKernel.Run<S, V, SegmentLoop>(
                    kernel._pairCounts[tap], (int*)(kernel._pairs + (tap * kernel.SmallPixels)),
                    kernel._blocksOfX + ((nint)block * kernel.LargePixels * kernel._group * rows), 1, rows,
                    kernel._panelsOfG + ((nint)panel * kernel.SmallPixels * kernel._group * width), 2, target, width, null, 0);
            }
            for (int i = 0; kernel._image > 0 && i < rows * width; i += S.Lanes)
                S.Store(S.Add(S.Load(sums + i), S.Load(tile + i)), sums + i);
            if (kernel._image + kernel._group >= kernel._images)
                ConvolutionGradientKernel.StoreTransposed<S, V>(kernel._geometry, kernel._gradient, tap, block * rows, panel * width, sums, width);
        }
    }
}
