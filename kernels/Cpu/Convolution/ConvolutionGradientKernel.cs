using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// <see cref="ConvolutionWeightGradient"/>: a tile is as many neighbouring input channels of one tap as the micro-kernel has rows,
/// by a panel of output channels, summed over the output pixels whose window has that tap inside the map. Both operands are read
/// where they lie. An item is a tile.
/// </summary>
/// <remarks>
/// Workers add up tiles a group of images at a time, so that these stay in their caches while tiles pass by, in the order of the
/// images: the sums do not depend on threads. They meet after each group, since pieces of a worker's range that it came to late
/// would have to fetch all images again.
/// </remarks>
internal unsafe struct ConvolutionGradientKernel
{
    // Both maps of a group of images, in bytes.
    private const long GroupBytes = 512 * 1024;

    private static readonly ScratchUse _sums = new();
    private static readonly ScratchUse _tiles = new();

    public float* X;
    public float* G;
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

    /// <summary>(item, rows, 2 vectors): the sums of the groups so far.</summary>
    public float* Sums;

    public float* Tiles;

    private readonly int Inputs => Geometry.Large.Channels;

    private readonly int Outputs => Geometry.Small.Channels;

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
        ConvolutionTapTable table = device.Tables.FindTaps(geometry, GroupBytes);
        int rows = S.MicroKernelRows, width = 2 * S.Lanes;
        int items = geometry.Kernel * geometry.Kernel * MatrixProduct.DivideUp(geometry.Large.Channels, rows)
            * MatrixProduct.DivideUp(geometry.Small.Channels, width);
        var kernel = new ConvolutionGradientKernel
        {
            X = operation.X.Pointer(),
            G = operation.G.Pointer(),
            Gradient = operation.WeightGradient.Pointer(),
            Geometry = geometry,
            Images = operation.X.Rows,
            Group = table.Group,
            Segments = table.Segments,
            Counts = table.Counts,
            Sums = device.Scratch.Take<float>(_sums, (long)items * rows * width),
            Tiles = device.Scratch.Take<float>(_tiles, (long)device.Pool.Size * rows * width),
        };
        for (; kernel.Image < kernel.Images; kernel.Image += kernel.Group)
            device.Pool.Run(&Items<S, V>, &kernel, items);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionGradientKernel kernel = *(ConvolutionGradientKernel*)context;
        int rows = S.MicroKernelRows, width = 2 * S.Lanes;
        float* tile = kernel.Tiles + ((nint)worker * rows * width);
        int images = Math.Min(kernel.Group, kernel.Images - kernel.Image);
        for (int item = first; item < first + count; item++)
        {
            float* sums = kernel.Sums + ((nint)item * rows * width);
            int vectors = kernel.Sum<S, V>(item, kernel.Image, images, kernel.Image == 0 ? sums : tile);
            for (int i = 0; kernel.Image > 0 && i < rows * vectors * S.Lanes; i += S.Lanes)
                S.Store(S.Add(S.Load(sums + i), S.Load(tile + i)), sums + i);
            if (kernel.Image + images == kernel.Images)
                kernel.Store<S, V>(item, sums);
        }
    }

    /// <summary>The sums of a tile over some images.</summary>
    /// <returns>Vectors of its rows.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int Sum<S, V>(int item, int image, int images, float* target)
        where S : ISimd<V>
        where V : unmanaged
    {
        (int tap, int input, int output) = Place<S, V>(item);
        int vectors = Packing.Vectors<S, V>(Math.Min(2 * S.Lanes, Outputs - output));
        int segments = Counts[tap] * images;
        if (segments == 0)
        {
            new Span<float>(target, S.MicroKernelRows * vectors * S.Lanes).Clear();
            return vectors;
        }
        MicroKernel.Run<S, V, InPlaceSegmentLoop>(
            segments, (int*)Segments[tap], X + ((nint)image * Geometry.Large.Size) + input, 1,
            (nint)Geometry.Stride * Inputs, null, vectors, target, vectors * S.Lanes,
            G + ((nint)image * Geometry.Small.Size) + output, Outputs);
        return vectors;
    }

    /// <summary>A tile to its place: (inputs, outputs) to w (outputs, taps, inputs).</summary>
    private readonly void Store<S, V>(int item, float* sums)
        where S : ISimd<V>
        where V : unmanaged
    {
        (int tap, int input, int output) = Place<S, V>(item);
        int rows = Math.Min(S.MicroKernelRows, Inputs - input), columns = Math.Min(2 * S.Lanes, Outputs - output);
        int width = Packing.Vectors<S, V>(columns) * S.Lanes, depth = Geometry.Depth;
        float* target = Gradient + ((nint)output * depth) + ((nint)tap * Inputs) + input;
        for (int column = 0; column < columns; column++, target += depth)
        {
            for (int row = 0; row < rows; row++)
                target[row] = sums[(row * width) + column];
        }
    }

    /// <summary>The first channels of a tile, and its tap: neighbouring tiles share what they read of g.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly (int Tap, int Input, int Output) Place<S, V>(int item)
        where S : ISimd<V>
        where V : unmanaged
    {
        int inputBlocks = MatrixProduct.DivideUp(Inputs, S.MicroKernelRows), taps = Geometry.Kernel * Geometry.Kernel;
        (int panel, int inPanel) = (item / (taps * inputBlocks), item % (taps * inputBlocks));
        return (inPanel / inputBlocks, inPanel % inputBlocks * S.MicroKernelRows, panel * 2 * S.Lanes);
    }
}
