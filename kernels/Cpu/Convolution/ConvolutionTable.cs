using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// Which terms the sum of each output pixel has: runs of numbers that lie one after the other in the source map, with the rows of
/// the packed weights that they meet. Padding is left out, so that it costs nothing, and no source is copied.
/// </summary>
internal sealed unsafe class ConvolutionTable : IDisposable
{
    private readonly NativeBuffer<int> _firsts;
    private readonly NativeBuffer<Segment> _segments;

    private ConvolutionTable(List<Segment> segments, List<int> firsts, (int U, int V)[] taps)
    {
        _segments = new NativeBuffer<Segment>(segments.Count);
        for (int i = 0; i < segments.Count; i++)
            _segments.Pointer[i] = segments[i];
        _firsts = new NativeBuffer<int>(firsts.Count + 1);
        for (int i = 0; i < firsts.Count; i++)
            _firsts.Pointer[i] = firsts[i];
        _firsts.Pointer[firsts.Count] = segments.Count;
        Pixels = firsts.Count;
        Taps = taps;
    }

    /// <summary>Output pixels of an image.</summary>
    public int Pixels { get; }

    /// <summary>The order in which packed weights have the pixels of a window.</summary>
    public IReadOnlyList<(int U, int V)> Taps { get; }

    /// <summary>The segments of pixel p are those from firsts[p] to firsts[p + 1] − 1; each pixel has one at least.</summary>
    public int* Firsts => _firsts.Pointer;

    public Segment* Segments => _segments.Pointer;

    /// <summary>Of <see cref="Convolve"/>: a pixel's window has a segment for each of its rows.</summary>
    public static ConvolutionTable Forward(in ConvolutionGeometry geometry)
    {
        (Shape large, int kernel, int stride) = (geometry.Large, geometry.Kernel, geometry.Stride);
        List<Segment> segments = [];
        List<int> firsts = [];
        for (int i = 0; i < geometry.Small.Height; i++)
        {
            for (int j = 0; j < geometry.Small.Width; j++)
            {
                firsts.Add(segments.Count);
                int column = (j * stride) - geometry.Left;
                int first = Math.Max(0, -column), end = Math.Min(kernel, large.Width - column);
                for (int u = 0; u < kernel; u++)
                {
                    int row = (i * stride) - geometry.Top + u;
                    if (row < 0 || row >= large.Height || end <= first)
                        continue;
                    segments.Add(new Segment(
                        ((row * large.Width) + column + first) * large.Channels, ((u * kernel) + first) * large.Channels,
                        (end - first) * large.Channels));
                }
                AddEmpty(segments, firsts[^1]);
            }
        }
        return new ConvolutionTable(segments, firsts, [.. Pairs(kernel)]);
    }

    /// <summary>
    /// Of <see cref="ConvolveTransposed"/>: a pixel meets the taps of its phase (h + p) mod s alone. The taps of a phase are
    /// packed side by side, the last first, since their sources go backwards.
    /// </summary>
    public static ConvolutionTable Transposed(in ConvolutionGeometry geometry)
    {
        (Shape small, int kernel, int stride) = (geometry.Small, geometry.Kernel, geometry.Stride);
        (int U, int V)[] taps =
        [
            .. from phase in Pairs(stride)
               from u in Phase(kernel, stride, phase.U)
               from v in Phase(kernel, stride, phase.V)
               select (u, v),
        ];
        var places = new int[kernel, kernel];
        for (int tap = 0; tap < taps.Length; tap++)
            places[taps[tap].U, taps[tap].V] = tap;
        List<Segment> segments = [];
        List<int> firsts = [];
        (int top, int left) = (geometry.Top, geometry.Left);
        for (int h = 0; h < geometry.Large.Height; h++)
        {
            for (int l = 0; l < geometry.Large.Width; l++)
            {
                firsts.Add(segments.Count);
                foreach (int u in Phase(kernel, stride, (h + top) % stride))
                {
                    int i = (h + top - u) / stride;
                    if (h + top < u || i >= small.Height)
                        continue;
                    int[] columns =
                    [
                        .. Phase(kernel, stride, (l + left) % stride)
                            .Where(v => l + left >= v && (l + left - v) / stride < small.Width),
                    ];
                    if (columns.Length == 0)
                        continue;
                    int j = (l + left - columns[0]) / stride;
                    segments.Add(new Segment(
                        ((i * small.Width) + j) * small.Channels, places[u, columns[0]] * small.Channels,
                        columns.Length * small.Channels));
                }
                AddEmpty(segments, firsts[^1]);
            }
        }
        return new ConvolutionTable(segments, firsts, taps);
    }

    public void Dispose()
    {
        _firsts.Dispose();
        _segments.Dispose();
    }

    private static void AddEmpty(List<Segment> segments, int first)
    {
        if (segments.Count == first)
            segments.Add(default);
    }

    private static IEnumerable<(int U, int V)> Pairs(int side) =>
        from u in Enumerable.Range(0, side) from v in Enumerable.Range(0, side) select (u, v);

    private static IEnumerable<int> Phase(int kernel, int stride, int phase)
    {
        for (int u = phase + ((kernel - 1 - phase) / stride * stride); phase < kernel && u >= phase; u -= stride)
            yield return u;
    }
}
