using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// <see cref="ConvolutionWeightGradient"/>: a tile is as many neighbouring input channels of one tap as the micro-kernel has rows,
/// by a panel of output channels, summed over the output pixels whose window has that tap inside the map. Where output channels
/// would fill half a vector at most and input channels a whole one, it is the other way round. Both operands are read where they
/// lie.
/// </summary>
/// <remarks>
/// Tiles are added up a group of images at a time, so that these stay in a cache while tiles pass by, in the order of the images.
/// Where maps are larger than weights each worker has images of its own, in chunks that do not depend on the number of workers: those
/// whose maps it computed before and will write again, since cores need not share a cache. The sums of chunks are added in order.
/// Where weights are the larger ones an item is a tile, and workers meet after each group, since pieces of a worker's range that it
/// came to late would have to fetch all images again. Either way sums do not depend on threads.
/// </remarks>
internal unsafe struct ConvolutionGradientKernel
{
    // Both maps of a group of images, in bytes.
    private const long GroupBytes = 512 * 1024;

    // Chunks of images that have sums of their own, where these take at most so small a part of what the maps take.
    private const int MostChunks = 16;
    private const int PartOfMaps = 2;

    // Items for each worker, so that workers end together.
    private const int ItemsPerWorker = 8;

    private static readonly ScratchUse _tiles = new();

    /// <summary>The map whose channels are the tile's rows: x, or g where <see cref="BroadcastsSmall"/>.</summary>
    public float* Rows;

    /// <summary>The map whose channels are its columns.</summary>
    public float* Columns;

    /// <summary>Whether output channels are rows of a tile and input channels columns.</summary>
    public bool BroadcastsSmall;

    public float* Gradient;
    public ConvolutionGeometry Geometry;
    public int Images;

    /// <summary>Images of a group.</summary>
    public int Group;

    /// <summary>The first image of the group that is added up.</summary>
    public int Image;

    /// <summary>(tap): the segments of a group's images, an image after the other; <see cref="Counts"/> of each image.</summary>
    public Segment** Segments;

    public int* Counts;

    public int Tiles;

    /// <summary>Images of a chunk; all of them where tiles are divided among workers.</summary>
    public int Chunk;

    /// <summary>Parts that the tiles of a chunk are divided in, where chunks are few.</summary>
    public int Parts;

    /// <summary>(chunk, tile, rows, 2 vectors): the sums of the groups so far.</summary>
    public float* Sums;

    /// <summary>A tile for each worker.</summary>
    public float* WorkerTiles;

    private readonly int Chunks => MatrixProduct.DivideUp(Images, Chunk);

    private readonly int RowChannels => BroadcastsSmall ? Geometry.Small.Channels : Geometry.Large.Channels;

    private readonly int ColumnChannels => BroadcastsSmall ? Geometry.Large.Channels : Geometry.Small.Channels;

    public static void Run<S, V>(CpuDevice<S, V> device, in ConvolutionWeightGradient operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionGeometry geometry = operation.Geometry;
        if (operation.X.Rows == 0)
        {
            new Span<float>(operation.WeightGradient.Pointer(), (int)operation.WeightGradient.Length).Clear();
            return;
        }
        if (NarrowConvolution.IsNarrow<S, V>(geometry.Large.Channels) || NarrowConvolution.IsNarrow<S, V>(geometry.Small.Channels))
        {
            NarrowConvolution.Run(device, operation);
            return;
        }
        if (SmallMapGradientKernel.Suits<S, V>(geometry, operation.X.Rows))
        {
            SmallMapGradientKernel.Run(device, operation);
            return;
        }
        bool broadcastsSmall = 2 * geometry.Small.Channels <= S.Lanes && geometry.Large.Channels >= S.Lanes;
        ConvolutionTapTable table = device.Tables.FindTaps(geometry, GroupBytes, broadcastsSmall);
        var kernel = new ConvolutionGradientKernel
        {
            Rows = broadcastsSmall ? operation.G.Pointer() : operation.X.Pointer(),
            Columns = broadcastsSmall ? operation.X.Pointer() : operation.G.Pointer(),
            BroadcastsSmall = broadcastsSmall,
            Gradient = operation.WeightGradient.Pointer(),
            Geometry = geometry,
            Images = operation.X.Rows,
            Group = table.Group,
            Segments = table.Segments,
            Counts = table.Counts,
            WorkerTiles = device.Scratch.Take<float>(_tiles, (long)device.Pool.Size * TileLength<S, V>()),
        };
        kernel.Tiles = geometry.Kernel * geometry.Kernel * MatrixProduct.DivideUp(kernel.RowChannels, S.MicroKernelRows)
            * MatrixProduct.DivideUp(kernel.ColumnChannels, 2 * S.Lanes);
        long sums = (long)kernel.Tiles * TileLength<S, V>();
        bool dividesImages = PartOfMaps * MostChunks * sums <= operation.X.Length + operation.G.Length;
        kernel.Chunk = dividesImages ? MatrixProduct.DivideUp(kernel.Images, MostChunks) : kernel.Images;
        kernel.Sums = device.Scratch.Take<float>(ConvolutionPacking.Largest, kernel.Chunks * sums);
        if (dividesImages)
        {
            kernel.Parts = Math.Min(MatrixProduct.DivideUp(ItemsPerWorker * device.Pool.Size, kernel.Chunks), kernel.Tiles);
            device.Pool.Run(&SumChunks<S, V>, &kernel, kernel.Chunks * kernel.Parts);
            device.Pool.Run(&AddChunks<S, V>, &kernel, kernel.Tiles);
            return;
        }
        for (; kernel.Image < kernel.Images; kernel.Image += kernel.Group)
            device.Pool.Run(&AddGroup<S, V>, &kernel, kernel.Tiles);
    }

    private static int TileLength<S, V>()
        where S : ISimd<V>
        where V : unmanaged => S.MicroKernelRows * 2 * S.Lanes;

    /// <summary>The tiles of some chunks, each over all images of its chunk.</summary>
    private static void SumChunks<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionGradientKernel kernel = *(ConvolutionGradientKernel*)context;
        for (int item = first; item < first + count; item++)
        {
            (int chunk, int part) = (item / kernel.Parts, item % kernel.Parts);
            int firstTile = (int)((long)kernel.Tiles * part / kernel.Parts), endTile = (int)((long)kernel.Tiles * (part + 1) / kernel.Parts);
            int begin = chunk * kernel.Chunk, end = Math.Min(begin + kernel.Chunk, kernel.Images);
            for (int image = begin; image < end; image += kernel.Group)
            {
                kernel.Add<S, V>(
                    chunk, firstTile, endTile - firstTile, image, Math.Min(kernel.Group, end - image), begins: image == begin, worker);
            }
        }
    }

    /// <summary>The sums of all chunks, to the weights' gradients: an item is a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddChunks<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionGradientKernel kernel = *(ConvolutionGradientKernel*)context;
        for (int item = first; item < first + count; item++)
        {
            float* sums = kernel.Sums + ((nint)item * TileLength<S, V>()), chunk = sums;
            int length = S.MicroKernelRows * kernel.Vectors<S, V>(kernel.Place<S, V>(item).Column) * S.Lanes;
            for (int i = 1; i < kernel.Chunks; i++)
            {
                chunk += (nint)kernel.Tiles * TileLength<S, V>();
                for (int j = 0; j < length; j += S.Lanes)
                    S.Store(S.Add(S.Load(sums + j), S.Load(chunk + j)), sums + j);
            }
            kernel.Store<S, V>(item, sums);
        }
    }

    /// <summary>Some tiles over a group of images.</summary>
    private static void AddGroup<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionGradientKernel kernel = *(ConvolutionGradientKernel*)context;
        int images = Math.Min(kernel.Group, kernel.Images - kernel.Image);
        kernel.Add<S, V>(0, first, count, kernel.Image, images, begins: kernel.Image == 0, worker);
        for (int item = first; item < first + count && kernel.Image + images == kernel.Images; item++)
            kernel.Store<S, V>(item, kernel.Sums + ((nint)item * TileLength<S, V>()));
    }

    /// <summary>Adds the sums of tiles over a group of images to those of a chunk.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void Add<S, V>(int chunk, int firstTile, int tiles, int image, int images, bool begins, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        int length = TileLength<S, V>();
        float* tile = WorkerTiles + ((nint)worker * length);
        for (int item = firstTile; item < firstTile + tiles; item++)
        {
            float* sums = Sums + ((((nint)chunk * Tiles) + item) * length);
            int vectors = Sum<S, V>(item, image, images, begins ? sums : tile);
            for (int i = 0; !begins && i < S.MicroKernelRows * vectors * S.Lanes; i += S.Lanes)
                S.Store(S.Add(S.Load(sums + i), S.Load(tile + i)), sums + i);
        }
    }

    /// <summary>The sums of a tile over some images.</summary>
    /// <returns>Vectors of its rows.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int Sum<S, V>(int item, int image, int images, float* target)
        where S : ISimd<V>
        where V : unmanaged
    {
        (int tap, int row, int column) = Place<S, V>(item);
        int vectors = Vectors<S, V>(column);
        int segments = Counts[tap] * images;
        if (segments == 0)
        {
            new Span<float>(target, S.MicroKernelRows * vectors * S.Lanes).Clear();
            return vectors;
        }
        nint x = (nint)image * Geometry.Large.Size, g = (nint)image * Geometry.Small.Size;
        nint xStep = (nint)Geometry.Stride * Geometry.Large.Channels, gStep = Geometry.Small.Channels;
        MicroKernel.Run<S, V, InPlaceSegmentLoop>(
            segments, (int*)Segments[tap], Rows + (BroadcastsSmall ? g : x) + row, 1, BroadcastsSmall ? gStep : xStep, null,
            vectors, target, vectors * S.Lanes, Columns + (BroadcastsSmall ? x : g) + column, BroadcastsSmall ? xStep : gStep);
        return vectors;
    }

    /// <summary>A tile to its place in w (outputs, taps, inputs).</summary>
    private readonly void Store<S, V>(int item, float* sums)
        where S : ISimd<V>
        where V : unmanaged
    {
        (int tap, int row, int column) = Place<S, V>(item);
        int width = Vectors<S, V>(column) * S.Lanes;
        if (BroadcastsSmall)
            StoreRows<S, V>(tap, row, column, sums, width);
        else
            StoreTransposed<S, V>(Geometry, Gradient, tap, row, column, sums, width);
    }

    /// <summary>A tile of input channels by output channels to its place in w (outputs, taps, inputs).</summary>
    public static void StoreTransposed<S, V>(
        in ConvolutionGeometry geometry, float* gradient, int tap, int firstRow, int firstColumn, float* sums, int width)
        where S : ISimd<V>
        where V : unmanaged
    {
        int inputs = geometry.Large.Channels, depth = geometry.Depth;
        int rows = Math.Min(S.MicroKernelRows, inputs - firstRow), columns = Math.Min(2 * S.Lanes, geometry.Small.Channels - firstColumn);
        float* target = gradient + ((nint)firstColumn * depth) + (tap * inputs) + firstRow;
        int column = 0;
        for (; rows == S.MicroKernelRows && column + rows <= columns; column += rows, target += (nint)rows * depth)
        {
            if (rows == Simd256.Lanes)
                BlockTranspose.Transpose<Simd256, Vector256<float>>(sums + column, width, target, depth);
            else
                BlockTranspose.Transpose<Simd128, Vector128<float>>(sums + column, width, target, depth);
        }
        for (; column < columns; column++, target += depth)
        {
            for (int row = 0; row < rows; row++)
                target[row] = sums[(row * width) + column];
        }
    }

    /// <summary>A tile of output channels by input channels to its place, in whose order it is.</summary>
    private readonly void StoreRows<S, V>(int tap, int firstRow, int firstColumn, float* sums, int width)
        where S : ISimd<V>
        where V : unmanaged
    {
        int inputs = Geometry.Large.Channels, rows = Math.Min(S.MicroKernelRows, RowChannels - firstRow);
        float* target = Gradient + ((nint)firstRow * Geometry.Depth) + (tap * inputs) + firstColumn;
        for (int row = 0; row < rows; row++, target += Geometry.Depth, sums += width)
            new Span<float>(sums, Math.Min(2 * S.Lanes, inputs - firstColumn)).CopyTo(new Span<float>(target, inputs - firstColumn));
    }

    /// <summary>Vectors of a tile's rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int Vectors<S, V>(int column)
        where S : ISimd<V>
        where V : unmanaged => Packing.Vectors<S, V>(Math.Min(2 * S.Lanes, ColumnChannels - column));

    /// <summary>The first channels of a tile, and its tap: neighbouring tiles share what they read of the columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly (int Tap, int Row, int Column) Place<S, V>(int item)
        where S : ISimd<V>
        where V : unmanaged
    {
        int rowBlocks = MatrixProduct.DivideUp(RowChannels, S.MicroKernelRows), taps = Geometry.Kernel * Geometry.Kernel;
        (int panel, int inPanel) = (item / (taps * rowBlocks), item % (taps * rowBlocks));
        return (inPanel / rowBlocks, inPanel % rowBlocks * S.MicroKernelRows, panel * 2 * S.Lanes);
    }
}
