using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Pooling;

/// <summary>How the numbers of a rectangle become one, as a type that the loop is compiled for.</summary>
internal interface IReduction
{
    /// <summary>Whether it begins with the rectangle's first number, which then has to have one; else with 0.</summary>
    static abstract bool BeginsWithFirst { get; }

    /// <summary>One number more.</summary>
    static abstract V Combine<S, V>(V value, V next)
        where S : ISimd<V>
        where V : unmanaged;

    /// <summary>After the last.</summary>
    static abstract V End<S, V>(V value, V scale)
        where S : ISimd<V>
        where V : unmanaged;
}

/// <summary>scale · Σ.</summary>
internal readonly struct ScaledSum : IReduction
{
    public static bool BeginsWithFirst => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Combine<S, V>(V value, V next)
        where S : ISimd<V>
        where V : unmanaged => S.Add(value, next);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V End<S, V>(V value, V scale)
        where S : ISimd<V>
        where V : unmanaged => S.Multiply(value, scale);
}

/// <summary>The largest.</summary>
internal readonly struct Largest : IReduction
{
    public static bool BeginsWithFirst => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Combine<S, V>(V value, V next)
        where S : ISimd<V>
        where V : unmanaged => S.Maximum(value, next);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V End<S, V>(V value, V scale)
        where S : ISimd<V>
        where V : unmanaged => value;
}

/// <summary>
/// <see cref="SumWindows"/>, <see cref="SpreadWindows"/> and <see cref="MaxWindows"/>: each pixel of the result has a rectangle of
/// the source, a window's pixels or the windows of a pixel, whose numbers become one, a vector of channels at a time. An item is
/// a row of pixels of an image, and what follows is done to it while it is in the first cache.
/// </summary>
internal unsafe struct WindowReduction
{
    private static readonly ScratchUse _ranges = new();

    /// <summary>(images, <see cref="SourceSize"/>).</summary>
    public float* Source;

    /// <summary>Numbers of an image.</summary>
    public int SourceSize;

    /// <summary>Pixels of a row of the source.</summary>
    public int SourceWidth;

    public int Channels;

    /// <summary>Rows of pixels of an image of the result.</summary>
    public int Height;

    /// <summary>Pixels of such a row.</summary>
    public int Width;

    /// <summary>
    /// The first row of a rectangle and the one behind its last, for each row of the result; then the same of columns.
    /// </summary>
    public int* Ranges;

    public float Scale;

    /// <summary>The result, (images · <see cref="Height"/>, <see cref="Width"/> · channels).</summary>
    public EpilogueOutput Output;

    public static void Run<S, V>(CpuDevice<S, V> device, in SumWindows operation)
        where S : ISimd<V>
        where V : unmanaged =>
        OfWindows<S, V, ScaledSum>(
            device, operation.Geometry, operation.ReachesEdge, operation.Scale, operation.X, operation.Epilogue, operation.Y);

    public static void Run<S, V>(CpuDevice<S, V> device, in MaxWindows operation)
        where S : ISimd<V>
        where V : unmanaged =>
        OfWindows<S, V, Largest>(device, operation.Geometry, false, 1, operation.X, operation.Epilogue, operation.Y);

    public static void Run<S, V>(CpuDevice<S, V> device, in SpreadWindows operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionGeometry geometry = operation.Geometry;
        (Shape large, Shape small) = (geometry.Large, geometry.Small);
        int* ranges = device.Scratch.Take<int>(_ranges, 2L * (large.Height + large.Width));
        WindowsOf(large.Height, small.Height, geometry, geometry.Top, operation.ReachesEdge, ranges);
        WindowsOf(large.Width, small.Width, geometry, geometry.Left, operation.ReachesEdge, ranges + (2 * large.Height));
        Run<S, V, ScaledSum>(
            device, small, large, ranges, operation.Scale, operation.Y, operation.Epilogue, operation.X);
    }

    private static void OfWindows<S, V, TReduction>(
        CpuDevice<S, V> device, in ConvolutionGeometry geometry, bool reachesEdge, float scale, View<float> x,
        in Epilogue epilogue, View<float> y)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction
    {
        (Shape large, Shape small) = (geometry.Large, geometry.Small);
        int* ranges = device.Scratch.Take<int>(_ranges, 2L * (small.Height + small.Width));
        PixelsOf(large.Height, small.Height, geometry, geometry.Top, reachesEdge, ranges);
        PixelsOf(large.Width, small.Width, geometry, geometry.Left, reachesEdge, ranges + (2 * small.Height));
        Run<S, V, TReduction>(device, large, small, ranges, scale, x, epilogue, y);
    }

    /// <summary>The pixels of each window along a side.</summary>
    private static void PixelsOf(
        int large, int small, in ConvolutionGeometry geometry, int before, bool reachesEdge, int* ranges)
    {
        for (int i = 0; i < small; i++)
        {
            ranges[2 * i] = Windows.FirstPixel(i, geometry.Stride, before);
            ranges[(2 * i) + 1] = reachesEdge && i == small - 1
                ? large
                : Windows.EndPixel(i, large, geometry.Kernel, geometry.Stride, before);
        }
    }

    /// <summary>The windows that each pixel along a side is in.</summary>
    private static void WindowsOf(
        int large, int small, in ConvolutionGeometry geometry, int before, bool reachesEdge, int* ranges)
    {
        for (int h = 0; h < large; h++)
        {
            int first = Windows.FirstWindow(h, geometry.Kernel, geometry.Stride, before);
            ranges[2 * h] = reachesEdge ? Math.Min(first, small - 1) : first;
            ranges[(2 * h) + 1] = Windows.EndWindow(h, small, geometry.Stride, before);
        }
    }

    private static void Run<S, V, TReduction>(
        CpuDevice<S, V> device, Shape source, Shape result, int* ranges, float scale, View<float> from, Epilogue epilogue,
        View<float> to)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction
    {
        View<float> rows = to.Reshape(checked(to.Rows * result.Height), checked(result.Width * result.Channels));
        var kernel = new WindowReduction
        {
            Source = from.Pointer(),
            SourceSize = source.Size,
            SourceWidth = source.Width,
            Channels = source.Channels,
            Height = result.Height,
            Width = result.Width,
            Ranges = ranges,
            Scale = scale,
            Output = EpilogueLoop.Output(device, in epilogue, rows),
        };
        delegate*<void*, int, int, int, void> body = TileEpilogueTypes<Bodies<S, V, TReduction>>.Find(epilogue);
        device.Pool.Run(body, &kernel, rows.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V, TReduction, TEpilogue>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction
        where TEpilogue : struct, ITileEpilogue
    {
        WindowReduction kernel = *(WindowReduction*)context;
        for (int item = first; item < first + count; item++)
        {
            kernel.Reduce<S, V, TReduction>(item);
            if (!TEpilogue.IsStore)
            {
                int columns = kernel.Output.Columns;
                EpilogueLoop.Run<S, V, TEpilogue>(
                    in kernel.Output, kernel.Output.C + ((nint)item * columns), columns, item, 1, 0, columns, null);
            }
        }
    }

    /// <summary>
    /// A row of the result. Vectors are stored whole while they stay in the row, since what they write behind a pixel is
    /// written again with the next one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Reduce<S, V, TReduction>(int item)
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction
    {
        (int image, int row) = Math.DivRem(item, Height);
        int top = Ranges[2 * row], bottom = Ranges[(2 * row) + 1], rowLength = SourceWidth * Channels;
        float* source = Source + ((nint)image * SourceSize) + ((nint)top * rowLength);
        float* target = Output.C + ((nint)item * Output.Columns);
        int* columns = Ranges + (2 * Height);
        V scale = S.Broadcast(Scale);
        int left = Output.Columns;
        for (int pixel = 0; pixel < Width; pixel++, columns += 2)
        {
            float* corner = source + ((nint)columns[0] * Channels);
            int width = columns[1] - columns[0];
            for (int channel = 0; channel < Channels; channel += S.Lanes)
            {
                float* line = corner + channel;
                V value = TReduction.BeginsWithFirst ? S.Load(line) : S.Zero;
                for (int h = top; h < bottom; h++, line += rowLength)
                {
                    float* numbers = line;
                    for (int l = 0; l < width; l++, numbers += Channels)
                        value = TReduction.Combine<S, V>(value, S.Load(numbers));
                }
                VectorStore.Store<S, V>(TReduction.End<S, V>(value, scale), left - channel, target + channel);
            }
            target += Channels;
            left -= Channels;
        }
    }

    private readonly struct Bodies<S, V, TReduction> : ITileEpilogueSelector
        where S : ISimd<V>
        where V : unmanaged
        where TReduction : struct, IReduction
    {
        public static delegate*<void*, int, int, int, void> For<TEpilogue>()
            where TEpilogue : struct, ITileEpilogue => &Items<S, V, TReduction, TEpilogue>;
    }
}
