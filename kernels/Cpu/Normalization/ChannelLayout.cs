using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Normalization;

/// <summary>
/// How kernels go over maps of N examples, P pixels and C channels, channels last. A period is as many pixels as are whole
/// vectors, where channels are few, so that a lane has the same channel in each period: no lane is wasted on 1, 3 or 33 channels.
/// An example is cut in chunks of whole periods, which depend on the shape alone.
/// </summary>
internal readonly struct ChannelLayout
{
    // Numbers of a chunk, if a period is not longer: 64 KiB, which stay in a core's own cache while it goes over them twice.
    private const int ChunkNumbers = 16 * 1024;

    // With so many vectors to a pixel the last one may be a part, and a period is a pixel.
    private const int WideVectors = 8;

    // Sums of so many vectors run side by side at least, since each addition waits for the one before.
    private const int FewestVectors = 4;

    private ChannelLayout(long length, int channels, int examples, int lanes)
    {
        Channels = channels;
        Examples = examples;
        ExampleLength = length / examples;
        Pixels = (int)(ExampleLength / channels);
        int pixels = 1;
        if (channels < WideVectors * lanes)
        {
            // The smallest number of pixels that are whole vectors: lanes are a power of two.
            pixels = lanes / Math.Min(lanes, channels & -channels);
            while (pixels * channels < FewestVectors * lanes)
                pixels *= 2;
        }
        PeriodPixels = Math.Min(pixels, Math.Max(Pixels, 1));
        Period = PeriodPixels * channels;
        ChunkPixels = Math.Max(1, ChunkNumbers / Period) * PeriodPixels;
        ChunkLength = ChunkPixels * channels;
        Chunks = (int)((ExampleLength + ChunkLength - 1) / ChunkLength);
    }

    /// <summary>C.</summary>
    public int Channels { get; }

    /// <summary>N.</summary>
    public int Examples { get; }

    /// <summary>P.</summary>
    public int Pixels { get; }

    /// <summary>P·C.</summary>
    public long ExampleLength { get; }

    /// <summary>Pixels of a period.</summary>
    public int PeriodPixels { get; }

    /// <summary>Numbers of a period.</summary>
    public int Period { get; }

    /// <summary>Pixels of a chunk; the last of an example may have fewer.</summary>
    public int ChunkPixels { get; }

    /// <summary>Numbers of a chunk; the last of an example may have fewer.</summary>
    public int ChunkLength { get; }

    /// <summary>Chunks of an example.</summary>
    public int Chunks { get; }

    /// <summary>Chunks of all examples.</summary>
    public int Items => checked(Examples * Chunks);

    public static ChannelLayout Of<S, V>(long length, int channels, int examples)
        where S : ISimd<V>
        where V : unmanaged => new(length, channels, examples, S.Lanes);

    /// <summary>Numbers of scratch memory for one number of each place in a period, in whole vectors.</summary>
    public int PeriodScratch<S, V>()
        where S : ISimd<V>
        where V : unmanaged =>
        MatrixProduct.DivideUp(Period, Math.Max(S.Lanes, CacheLines.Floats)) * Math.Max(S.Lanes, CacheLines.Floats);

    /// <summary>Numbers in a chunk.</summary>
    public int LengthOf(int chunk) => PixelsOf(chunk) * Channels;

    /// <summary>Pixels in a chunk.</summary>
    public int PixelsOf(int chunk) => chunk < Chunks - 1 ? ChunkPixels : Pixels - (chunk * ChunkPixels);

    /// <summary>Where a chunk of an example begins.</summary>
    public long Begin(int example, int chunk) => (example * ExampleLength) + ((long)chunk * ChunkLength);
}
