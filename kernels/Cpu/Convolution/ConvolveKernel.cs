using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// <see cref="Convolve"/> and <see cref="ConvolveTransposed"/>: both go over output pixels, whose terms a
/// <see cref="ConvolutionTable"/> has. A tile is one pixel of as many images as the micro-kernel has rows, by a panel of output
/// channels: so its rows are a constant distance apart whatever the window, and no padding is multiplied.
/// </summary>
/// <remarks>
/// Every sum runs over its segments in the table's order, whatever the thread and whatever the other images: results depend
/// neither on the number of threads nor on the batch.
/// </remarks>
internal unsafe struct ConvolveKernel
{
    // Panels that stay in the second-level cache while images pass by; larger ones pass by the images instead.
    private const long ResidentPanels = 384 * 1024;

    // Items for each worker, so that workers end together.
    private const int ItemsPerWorker = 8;

    private static readonly ScratchUse _tiles = new();

    /// <summary>(images, <see cref="SourceSize"/>).</summary>
    public float* Source;

    /// <summary>Numbers of an image.</summary>
    public int SourceSize;

    public int* Firsts;
    public Segment* Segments;
    public int Pixels;

    /// <summary>The weights, packed by <see cref="ConvolutionPacking"/>.</summary>
    public float* Panels;

    /// <summary>Numbers from a panel to the next.</summary>
    public nint PanelLength;

    public int PanelCount;

    /// <summary>Output channels.</summary>
    public int Channels;

    /// <summary>Whether the panel is one of pairs.</summary>
    public bool IsPaired;

    /// <summary>Blocks of images.</summary>
    public int Blocks;

    /// <summary>Parts that the pixels of a block are divided in, where images are few.</summary>
    public int Parts;

    /// <summary>Whether all images pass by a panel before the next one, or all panels by a block of images.</summary>
    public bool PanelsAreOutermost;

    /// <summary>The output, a row an image.</summary>
    public EpilogueOutput Output;

    /// <summary>A tile for each worker.</summary>
    public float* Tiles;

    public static void Run<S, V>(CpuDevice<S, V> device, in Convolve operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (NarrowConvolution.IsNarrow<S, V>(operation.Geometry.Small.Channels))
            NarrowConvolution.Run(device, operation);
        else
            Run(device, operation.Geometry, false, operation.X, operation.Weight, operation.Epilogue, operation.Y);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in ConvolveTransposed operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (NarrowConvolution.IsNarrow<S, V>(operation.Geometry.Large.Channels))
            NarrowConvolution.Run(device, operation);
        else
            Run(device, operation.Geometry, true, operation.Y, operation.Weight, operation.Epilogue, operation.X);
    }

    private static void Run<S, V>(
        CpuDevice<S, V> device, in ConvolutionGeometry geometry, bool isTransposed, View<float> source, View<float> weight,
        Epilogue epilogue, View<float> output)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (source.Rows == 0)
            return;
        if (NarrowSourceKernel.Suits<S, V>(geometry, isTransposed, hasBias: !epilogue.Bias.IsEmpty))
        {
            NarrowSourceKernel.Run(device, geometry, isTransposed, source, weight, epilogue, output);
            return;
        }
        ConvolutionTable table = device.Tables.Find(geometry, isTransposed);
        var packing = ConvolutionPacking.Run(device, weight, geometry, table, isTransposed);
        int workers = device.Pool.Size, blocks = MatrixProduct.DivideUp(source.Rows, S.MicroKernelRows);
        int items = blocks * packing.PanelCount;
        var kernel = new ConvolveKernel
        {
            Source = source.Pointer(),
            SourceSize = source.Columns,
            Firsts = table.Firsts,
            Segments = table.Segments,
            Pixels = table.Pixels,
            Panels = packing.Panels,
            PanelLength = packing.PanelLength,
            PanelCount = packing.PanelCount,
            Channels = packing.Columns,
            IsPaired = packing.IsPaired,
            Blocks = blocks,
            Parts = Math.Clamp(ItemsPerWorker * workers / items, 1, table.Pixels),
            PanelsAreOutermost = packing.PanelLength * packing.PanelCount * sizeof(float) > ResidentPanels,
            Output = EpilogueLoop.Output(device, in epilogue, output),
            Tiles = device.Scratch.Take<float>(_tiles, (long)workers * TileLength<S, V>()),
        };
        delegate*<void*, int, int, int, void> body = TileEpilogueTypes<Bodies<S, V>>.Find(epilogue, hasBias: !epilogue.Bias.IsEmpty);
        device.Pool.Run(body, &kernel, items * kernel.Parts);
    }

    private static int TileLength<S, V>()
        where S : ISimd<V>
        where V : unmanaged => S.MicroKernelRows * 2 * S.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V, TEpilogue>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        ConvolveKernel kernel = *(ConvolveKernel*)context;
        float* tile = kernel.Tiles + (worker * TileLength<S, V>());
        for (int item = first; item < first + count; item++)
        {
            (int inner, int part) = (item / kernel.Parts, item % kernel.Parts);
            (int panel, int block) = kernel.PanelsAreOutermost
                ? (inner / kernel.Blocks, inner % kernel.Blocks)
                : (inner % kernel.PanelCount, inner / kernel.PanelCount);
            int begin = (int)((long)kernel.Pixels * part / kernel.Parts);
            int end = (int)((long)kernel.Pixels * (part + 1) / kernel.Parts);
            int image = block * S.MicroKernelRows, images = kernel.Output.Rows;
            if (image + S.MicroKernelRows <= images)
            {
                kernel.Sum<S, V, TEpilogue>(panel, image, S.MicroKernelRows, 0, begin, end, tile);
            }
            else if (images >= S.MicroKernelRows)
            {
                // The last images once more with some before them, which are done and are not stored again.
                int start = images - S.MicroKernelRows;
                kernel.Sum<S, V, TEpilogue>(panel, start, S.MicroKernelRows, image - start, begin, end, tile);
            }
            else
            {
                for (; image < images; image++)
                    kernel.Sum<S, V, TEpilogue>(panel, image, 1, 0, begin, end, tile);
            }
        }
    }

    /// <summary>Some pixels of a block of images: of one alone, whose sums are then those of every row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Sum<S, V, TEpilogue>(int panel, int image, int rows, int done, int begin, int end, float* tile)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        int width = 2 * S.Lanes, channel = panel * width, columns = Math.Min(width, Channels - channel);
        int vectors = Packing.Vectors<S, V>(columns), tileWidth = IsPaired ? S.Lanes / 2 : vectors * S.Lanes;
        bool isDirect = TEpilogue.IsStore && !IsPaired && columns == tileWidth && rows == S.MicroKernelRows && done == 0;
        float* x = Source + ((nint)image * SourceSize), weights = Panels + (panel * PanelLength);
        nint rowStride = rows == 1 ? 0 : SourceSize;
        EpilogueOutput output = Output;
        output.C += (nint)begin * Channels;
        if (TEpilogue.HasAuxiliary)
            output.Auxiliary += (nint)begin * Channels;
        for (int pixel = begin; pixel < end; pixel++)
        {
            float* target = isDirect ? output.C + ((nint)image * output.Columns) + channel : tile;
            int* segments = (int*)(Segments + Firsts[pixel]);
            int count = Firsts[pixel + 1] - Firsts[pixel];
            if (TEpilogue.HasAuxiliary)
            {
                float* saved = output.Auxiliary + ((nint)(image + done) * output.Columns) + channel;
                Prefetch<S, V>(saved, output.Columns, rows - done, vectors);
            }
            if (IsPaired)
            {
                MicroKernel.Run<S, V, PairSegmentLoop>(count, segments, x, rowStride, 2, weights, 1, tile, S.Lanes, null, 0);
                for (int row = 0; row < S.MicroKernelRows; row += 2)
                {
                    V sums = S.SumPairs(S.Load(tile + (row * S.Lanes)), S.Load(tile + ((row + 1) * S.Lanes)));
                    S.Store(sums, tile + (row * tileWidth));
                }
            }
            else
            {
                MicroKernel.Run<S, V, SegmentLoop>(
                    count, segments, x, rowStride, 1, weights, vectors, target, isDirect ? output.Columns : tileWidth, null, 0);
            }
            if (!isDirect)
            {
                float* sums = tile + (done * tileWidth);
                // Eight channels are half a vector, which the loop for the last columns would take in parts.
                if (S.Lanes == 2 * Simd256.Lanes && columns == Simd256.Lanes)
                {
                    EpilogueLoop.Run<Simd256, Vector256<float>, TEpilogue>(
                        in output, sums, tileWidth, image + done, rows - done, channel, columns, null);
                }
                else
                {
                    EpilogueLoop.Run<S, V, TEpilogue>(
                        in output, sums, tileWidth, image + done, rows - done, channel, columns, null);
                }
            }
            output.C += Channels;
            if (TEpilogue.HasAuxiliary)
                output.Auxiliary += Channels;
        }
    }

    /// <summary>
    /// Asks for what a tile's derivative is taken of while the sums are made: its rows are of as many images and far from each other,
    /// so that the processor does not ask for them ahead itself.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<S, V>(float* saved, nint stride, int rows, int vectors)
        where S : ISimd<V>
        where V : unmanaged
    {
        for (int row = 0; row < rows; row++, saved += stride)
        {
            CacheLines.Prefetch(saved);
            if (vectors > 1)
                CacheLines.Prefetch(saved + S.Lanes);
        }
    }

    private readonly struct Bodies<S, V> : ITileEpilogueSelector
        where S : ISimd<V>
        where V : unmanaged
    {
        public static delegate*<void*, int, int, int, void> For<TEpilogue>()
            where TEpilogue : struct, ITileEpilogue => &Items<S, V, TEpilogue>;
    }
}
