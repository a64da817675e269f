using System.Globalization;
using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>
/// The order in which streamed examples are seen, and which of them are in memory together. For an epoch of training the file's blocks
/// of examples that follow each other are permuted; as many of them as fit are a window, and its examples are permuted again. So a file
/// is read in pieces that are worth a disk's way to them, and the examples of a batch still come from all over it. In evaluation the
/// order is that of the file.
/// </summary>
/// <remarks>
/// A function of the seed, the epoch, the number of examples, their size, the batch and the memory; of nothing that differs from run to
/// run, as threads do.
/// </remarks>
internal sealed class WindowOrder
{
    // So that a window has pictures of many places.
    private const int LeastBlocks = 32;

    // Above what a disk's head, or the network's way to a store, costs.
    private const int BlockBytes = 1 << 20;

    // One is trained on while the next is read; so are two of the examples that are measured by.
    private const int WindowsInMemory = 4;

    private readonly int _count;
    private readonly int _block;
    private readonly RandomSource? _shuffle;
    private readonly int[] _blocks;
    private uint _epoch;

    private WindowOrder(int count, int block, int window, RandomSource? shuffle)
    {
        (_count, _block, Rows, _shuffle) = (count, block, window, shuffle);
        _blocks = [.. Enumerable.Range(0, shuffle is null ? 0 : ((count - 1) / block) + 1)];
    }

    /// <summary>Examples of a window, of which the last may have fewer: whole batches.</summary>
    public int Rows { get; }

    /// <summary>Windows of an epoch.</summary>
    public int Windows => ((_count - 1) / Rows) + 1;

    /// <summary>The order of a set; null for one that is in memory as a whole.</summary>
    /// <param name="images">What is seen.</param>
    /// <param name="batch">Examples of a batch.</param>
    /// <param name="shuffle">Decides the order of training; null for the order of the file.</param>
    /// <exception cref="UserException">A batch of training does not fit.</exception>
    public static WindowOrder? Of(ImageSet images, int batch, RandomSource? shuffle)
    {
        if (images.Stream is not StreamedBytes stream)
            return null;
        long most = Math.Min(stream.Memory / WindowsInMemory, Array.MaxLength) / stream.Length;
        if (shuffle is null)
        {
            // Nobody chose how many are measured at once.
            most = Math.Max(most, batch);
        }
        else if (most < Math.Min(batch, stream.Count))
        {
            int rows = Math.Min(batch, stream.Count);
            long least = (((long)WindowsInMemory * rows * stream.Length) + 999) / 1000 * 1000;
            throw new UserException(string.Create(
                CultureInfo.InvariantCulture,
                $"--data-memory {ByteSize.Text(stream.Memory)}: a quarter of it has to hold a batch, here {rows:N0} examples of {stream.Length:N0} bytes; give ")
                + $"it {ByteSize.Text(least)} at least, or lower --batch");
        }
        int window = (int)Math.Min(Math.Max(most / batch, 1) * batch, (((stream.Count - 1L) / batch) + 1) * batch);
        int block = Math.Clamp(BlockBytes / stream.Length, 1, Math.Max(window / LeastBlocks, 1));
        return new WindowOrder(stream.Count, block, window, shuffle);
    }

    /// <summary>Bytes that windows of some examples take at most, of those that are measured by too.</summary>
    public static long MostBytes(StreamedBytes stream) =>
        Math.Min(stream.Memory, WindowsInMemory * Math.Min(Array.MaxLength, (long)stream.Count * stream.Length));

    /// <summary>Makes the order that of an epoch of training.</summary>
    /// <param name="epoch">From 1.</param>
    public void Begin(int epoch)
    {
        _epoch = (uint)epoch;
        if (_shuffle is RandomSource shuffle)
            Philox.FillPermutation(shuffle, _epoch, _blocks);
    }

    /// <summary>Where each example of the order is in its window.</summary>
    /// <param name="order">(N).</param>
    public void Fill(Span<int> order)
    {
        for (int first = 0, window = 0; first < order.Length; first += Rows, window++)
        {
            Span<int> places = order.Slice(first, Math.Min(Rows, order.Length - first));
            if (_shuffle is not RandomSource shuffle)
            {
                for (int i = 0; i < places.Length; i++)
                    places[i] = i;
                continue;
            }
            // An epoch's windows draw from blocks of their own, as many as one takes at most.
            uint blocks = ((uint)Rows / 4) + 1;
            Philox.FillPermutation(new RandomSource(shuffle.Seed, RandomPurpose.WindowShuffle, (uint)window * blocks), _epoch, places);
        }
    }

    /// <summary>What a window holds: examples that follow each other in the file, each from a place of the window on.</summary>
    /// <param name="window">From 0.</param>
    public IEnumerable<(int First, int Count, int Place)> Ranges(int window)
    {
        int start = window * Rows, end = (int)Math.Min((long)start + Rows, _count);
        if (_shuffle is null)
        {
            yield return (start, end - start, 0);
            yield break;
        }
        int position = 0;
        foreach (int block in _blocks)
        {
            int first = block * _block, size = Math.Min(_block, _count - first);
            int from = Math.Max(start, position), to = Math.Min(end, position + size);
            if (from < to)
                yield return (first + from - position, to - from, from - start);
            position += size;
            if (position >= end)
                yield break;
        }
    }
}
