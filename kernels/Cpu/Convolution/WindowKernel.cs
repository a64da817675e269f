using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// Between maps and the pixels of their windows side by side, where maps have a few channels. Of a small pixel the windows are
/// columns (u, v, c) of what lies in the large map; of a large pixel they are columns (o, u, v) of the small pixels that see
/// it. Laid out, what is outside is 0; gathered, each pixel adds up the columns that are its own, in order. An item is a row of
/// pixels of an image.
/// </summary>
internal unsafe struct WindowKernel
{
    private ConvolutionGeometry _geometry;
    private float* _map;
    private float* _columns;

    /// <summary>columns (B·H′·W′, k·k·C): the window of each small pixel.</summary>
    public static void LayOutLarge(CpuDevice device, in ConvolutionGeometry geometry, View<float> large, View<float> columns) =>
        Run(device, geometry, large, columns, &LayOutLarge, geometry.Small.Height);

    /// <summary>columns (B·H·W, C′·k·k): for each large pixel the small ones in whose windows it is.</summary>
    public static void LayOutSmall(CpuDevice device, in ConvolutionGeometry geometry, View<float> small, View<float> columns) =>
        Run(device, geometry, small, columns, &LayOutSmall, geometry.Large.Height);

    /// <summary>large[h, l, c] = Σ over the small pixels whose window it is in of their columns (u, v, c).</summary>
    public static void GatherLarge(CpuDevice device, in ConvolutionGeometry geometry, View<float> columns, View<float> large) =>
        Run(device, geometry, large, columns, &GatherLarge, geometry.Large.Height);

    /// <summary>small[i, j, o] = Σ over the large pixels of its window of their columns (o, u, v).</summary>
    public static void GatherSmall(CpuDevice device, in ConvolutionGeometry geometry, View<float> columns, View<float> small) =>
        Run(device, geometry, small, columns, &GatherSmall, geometry.Small.Height);

    private static void Run(
        CpuDevice device, in ConvolutionGeometry geometry, View<float> map, View<float> columns,
        delegate*<void*, int, int, int, void> body, int rows)
    {
        var kernel = new WindowKernel { _geometry = geometry, _map = map.Pointer(), _columns = columns.Pointer() };
        device.Pool.Run(body, &kernel, map.Rows * rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LayOutLarge(void* context, int first, int count, int worker)
    {
        WindowKernel kernel = *(WindowKernel*)context;
        ConvolutionGeometry geometry = kernel._geometry;
        (Shape large, Shape small, int side) = (geometry.Large, geometry.Small, geometry.Kernel);
        for (int row = first; row < first + count; row++)
        {
            int top = (row % small.Height * geometry.Stride) - geometry.Top;
            float* map = kernel._map + ((nint)(row / small.Height) * large.Size);
            float* target = kernel._columns + ((nint)row * small.Width * geometry.Depth);
            for (int j = 0; j < small.Width; j++)
            {
                int left = (j * geometry.Stride) - geometry.Left;
                for (int u = 0; u < side; u++)
                {
                    for (int v = 0; v < side; v++)
                    {
                        bool isInside = (uint)(top + u) < (uint)large.Height && (uint)(left + v) < (uint)large.Width;
                        float* source = map + ((((nint)(top + u) * large.Width) + left + v) * large.Channels);
                        for (int c = 0; c < large.Channels; c++)
                            *target++ = isInside ? source[c] : 0;
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LayOutSmall(void* context, int first, int count, int worker)
    {
        WindowKernel kernel = *(WindowKernel*)context;
        ConvolutionGeometry geometry = kernel._geometry;
        (Shape large, Shape small, int side, int stride) = (geometry.Large, geometry.Small, geometry.Kernel, geometry.Stride);
        int windows = small.Channels * side * side;
        for (int row = first; row < first + count; row++)
        {
            int h = row % large.Height;
            float* map = kernel._map + ((nint)(row / large.Height) * small.Size);
            float* target = kernel._columns + ((nint)row * large.Width * windows);
            new Span<float>(target, large.Width * windows).Clear();
            for (int l = 0; l < large.Width; l++, target += windows)
            {
                for (int u = (h + geometry.Top) % stride; u < side && u <= h + geometry.Top; u += stride)
                {
                    int i = (h + geometry.Top - u) / stride;
                    for (int v = (l + geometry.Left) % stride; v < side && v <= l + geometry.Left; v += stride)
                    {
                        int j = (l + geometry.Left - v) / stride;
                        if (i >= small.Height || j >= small.Width)
                            continue;
                        float* source = map + ((((nint)i * small.Width) + j) * small.Channels);
                        for (int o = 0; o < small.Channels; o++)
                            target[(((o * side) + u) * side) + v] = source[o];
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherLarge(void* context, int first, int count, int worker)
    {
        WindowKernel kernel = *(WindowKernel*)context;
        ConvolutionGeometry geometry = kernel._geometry;
        (Shape large, Shape small, int side, int stride) = (geometry.Large, geometry.Small, geometry.Kernel, geometry.Stride);
        for (int row = first; row < first + count; row++)
        {
            int h = row % large.Height;
            float* columns = kernel._columns + ((nint)(row / large.Height) * small.Height * small.Width * geometry.Depth);
            float* target = kernel._map + ((nint)row * large.Width * large.Channels);
            for (int l = 0; l < large.Width; l++, target += large.Channels)
            {
                new Span<float>(target, large.Channels).Clear();
                for (int u = (h + geometry.Top) % stride; u < side && u <= h + geometry.Top; u += stride)
                {
                    int i = (h + geometry.Top - u) / stride;
                    for (int v = (l + geometry.Left) % stride; v < side && v <= l + geometry.Left; v += stride)
                    {
                        int j = (l + geometry.Left - v) / stride;
                        if (i >= small.Height || j >= small.Width)
                            continue;
                        float* source = columns + ((((nint)i * small.Width) + j) * geometry.Depth) + (((u * side) + v) * large.Channels);
                        for (int c = 0; c < large.Channels; c++)
                            target[c] += source[c];
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherSmall(void* context, int first, int count, int worker)
    {
        WindowKernel kernel = *(WindowKernel*)context;
        ConvolutionGeometry geometry = kernel._geometry;
        (Shape large, Shape small, int side) = (geometry.Large, geometry.Small, geometry.Kernel);
        int taps = side * side, windows = small.Channels * taps;
        for (int row = first; row < first + count; row++)
        {
            int top = (row % small.Height * geometry.Stride) - geometry.Top;
            float* columns = kernel._columns + ((nint)(row / small.Height) * large.Height * large.Width * windows);
            float* target = kernel._map + ((nint)row * small.Width * small.Channels);
            for (int j = 0; j < small.Width; j++, target += small.Channels)
            {
                int left = (j * geometry.Stride) - geometry.Left;
                new Span<float>(target, small.Channels).Clear();
                for (int u = Math.Max(0, -top); u < side && top + u < large.Height; u++)
                {
                    for (int v = Math.Max(0, -left); v < side && left + v < large.Width; v++)
                    {
                        float* source = columns + ((((nint)(top + u) * large.Width) + left + v) * windows) + (u * side) + v;
                        for (int o = 0; o < small.Channels; o++)
                            target[o] += source[o * taps];
                    }
                }
            }
        }
    }
}
