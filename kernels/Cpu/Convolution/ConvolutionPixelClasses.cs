using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// The output pixels of a <see cref="ConvolutionTable"/>, those together whose segments differ by where they begin alone: those
/// inside a map, those at each edge, and at each phase of a stride. Pixels of a class can be summed side by side.
/// </summary>
internal sealed unsafe class ConvolutionPixelClasses : IDisposable
{
    private readonly NativeBuffer<PixelClass> _classes;
    private readonly NativeBuffer<Pixel> _pixels;

    public ConvolutionPixelClasses(ConvolutionTable table)
    {
        IGrouping<string, int>[] classes = [.. Enumerable.Range(0, table.Pixels).GroupBy(pixel => Form(table, pixel))];
        _classes = new NativeBuffer<PixelClass>(classes.Length);
        _pixels = new NativeBuffer<Pixel>(table.Pixels);
        Pixel* next = _pixels.Pointer;
        for (int i = 0; i < classes.Length; i++)
        {
            int first = table.Firsts[classes[i].First()];
            _classes.Pointer[i] = new PixelClass
            {
                Segments = table.Segments + first,
                SegmentCount = table.Firsts[classes[i].First() + 1] - first,
                Pixels = next,
                PixelCount = classes[i].Count(),
            };
            foreach (int pixel in classes[i])
                *next++ = new Pixel(table.Segments[table.Firsts[pixel]].Broadcast - table.Segments[first].Broadcast, pixel);
        }
        Count = classes.Length;
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    public PixelClass* Classes => _classes.Pointer;

    public void Dispose()
    {
        _classes.Dispose();
        _pixels.Dispose();
    }

    private static string Form(ConvolutionTable table, int pixel)
    {
        int first = table.Firsts[pixel];
        return string.Join(
            ' ', Enumerable.Range(first, table.Firsts[pixel + 1] - first).Select(i =>
            {
                Segment segment = table.Segments[i];
                return $"{segment.Broadcast - table.Segments[first].Broadcast} {segment.Panel} {segment.Length}";
            }));
    }
}

/// <summary>Pixels whose segments are those of the first of them, moved.</summary>
internal unsafe struct PixelClass
{
    public Segment* Segments;
    public int SegmentCount;
    public Pixel* Pixels;
    public int PixelCount;
}

/// <summary>An output pixel of a class.</summary>
/// <param name="Source">How far its segments are from those of the first pixel, in numbers.</param>
/// <param name="Output">Its place in the map.</param>
internal readonly record struct Pixel(int Source, int Output);
