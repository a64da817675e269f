using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// For each pixel of a window the output pixels that see it inside the large map, as segments of neighbouring ones: of a group of
/// images, one after the other.
/// </summary>
internal sealed unsafe class ConvolutionTapTable : IDisposable
{
    private readonly NativeBuffer<nint> _starts;
    private readonly NativeBuffer<int> _counts;
    private readonly NativeBuffer<Segment> _segments;

    /// <summary>Lists them.</summary>
    /// <param name="geometry">Sizes.</param>
    /// <param name="groupBytes">What both maps of a group may take.</param>
    /// <param name="broadcastsSmall">Whether the small map is the broadcast operand; else it is the large one.</param>
    public ConvolutionTapTable(in ConvolutionGeometry geometry, long groupBytes, bool broadcastsSmall)
    {
        long image = ((long)geometry.Large.Size + geometry.Small.Size) * sizeof(float);
        Group = (int)Math.Clamp(groupBytes / image, 1, 64);
        int taps = geometry.Kernel * geometry.Kernel;
        var lists = new List<(int Large, int Small, int Length)>[taps];
        for (int tap = 0; tap < taps; tap++)
            lists[tap] = [.. OfImage(geometry, tap / geometry.Kernel, tap % geometry.Kernel)];
        _counts = new NativeBuffer<int>(taps);
        _starts = new NativeBuffer<nint>(taps);
        // One more behind the last: the micro-kernel looks ahead.
        _segments = new NativeBuffer<Segment>((lists.Sum(list => list.Count) * Group) + 1);
        Segment* next = _segments.Pointer;
        for (int tap = 0; tap < taps; tap++)
        {
            _counts.Pointer[tap] = lists[tap].Count;
            _starts.Pointer[tap] = (nint)next;
            for (int i = 0; i < Group; i++)
            {
                foreach ((int large, int small, int length) in lists[tap])
                {
                    (int inLarge, int inSmall) = (large + (i * geometry.Large.Size), small + (i * geometry.Small.Size));
                    *next++ = broadcastsSmall ? new Segment(inSmall, inLarge, length) : new Segment(inLarge, inSmall, length);
                }
            }
        }
    }

    /// <summary>Images of a group.</summary>
    public int Group { get; }

    /// <summary>(taps): the first segment of each.</summary>
    public Segment** Segments => (Segment**)_starts.Pointer;

    /// <summary>(taps): segments of an image.</summary>
    public int* Counts => _counts.Pointer;

    public void Dispose()
    {
        _starts.Dispose();
        _counts.Dispose();
        _segments.Dispose();
    }

    private static IEnumerable<(int Large, int Small, int Length)> OfImage(ConvolutionGeometry geometry, int u, int v)
    {
        (int first, int end) = Inside(geometry.Stride, geometry.Left - v, geometry.Large.Width, geometry.Small.Width);
        (int top, int bottom) = Inside(geometry.Stride, geometry.Top - u, geometry.Large.Height, geometry.Small.Height);
        for (int i = top; i < bottom && first < end; i++)
        {
            int row = (i * geometry.Stride) - geometry.Top + u, column = (first * geometry.Stride) - geometry.Left + v;
            yield return (
                ((row * geometry.Large.Width) + column) * geometry.Large.Channels,
                ((i * geometry.Small.Width) + first) * geometry.Small.Channels, end - first);
        }
    }

    /// <summary>The windows i, along a side, with 0 ≤ i·stride − before &lt; large.</summary>
    public static (int First, int End) Inside(int stride, int before, int large, int small)
    {
        int first = (Math.Max(0, before) + stride - 1) / stride;
        int last = large - 1 + before;
        return (first, last < 0 ? first : Math.Min(small, (last / stride) + 1));
    }
}
