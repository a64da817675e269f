using GpuVae.Data;

namespace GpuVae.Tests.Data.Streaming;

/// <summary>Streamed examples that lie in an array, so that what is read of them is known.</summary>
internal sealed class ArrayBytes(byte[] bytes, int length, long memory) : StreamedBytes(bytes.Length / length, length, memory)
{
    private int _reads;

    /// <summary>Calls so far.</summary>
    public int Reads => _reads;

    /// <summary>From which example on nothing can be read.</summary>
    public int Broken { get; set; } = int.MaxValue;

    public override ByteSummary Summary => ByteSummary.Of(bytes.Length, (first, part) => bytes.AsMemory((int)first, part.Length).CopyTo(part));

    /// <summary>The same images, streamed.</summary>
    public static ImageSet Of(ImageSet images, long memory) =>
        new ImageSet(new ArrayBytes(images.Pixels!, images.Dimensions, memory), images.Height, images.Width, images.Channels)
            .WithLabels(images.Labels, images.LabelNames);

    public override void Read(int first, Span<byte> destination)
    {
        Interlocked.Increment(ref _reads);
        if (first + (destination.Length / Length) > Broken)
            throw new DataException("the disk is gone");
        bytes.AsSpan(first * Length, destination.Length).CopyTo(destination);
    }
}
