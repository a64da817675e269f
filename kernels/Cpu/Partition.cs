namespace GpuVae.Kernels.Cpu;

/// <summary>How the items of a job are divided among the workers, each of which has a contiguous range.</summary>
internal interface IPartition
{
    /// <summary>The first item of a worker's range, for workers 1 and on; none is before that of the worker before.</summary>
    int Begin(int worker);
}

/// <summary>Ranges of equally many items.</summary>
internal readonly struct EqualPartition(int items, int workers) : IPartition
{
    public int Begin(int worker) => (int)((long)items * worker / workers);
}

/// <summary>Items of operations over n numbers that ask for no shape: so many numbers each.</summary>
internal static class Chunk
{
    /// <summary>Numbers in an item: a whole number of vectors of any width.</summary>
    public const int Length = 1024;

    /// <summary>Items of <paramref name="length"/> numbers.</summary>
    public static int Count(long length) => (int)((length + Length - 1) / Length);
}

/// <summary>
/// The items of an operation over a buffer that holds several matrices, in an order in which each worker's range is its
/// range of every matrix: that of the rows whose products it computes. So weights, their gradients and moments stay with one
/// core, whose cache need not be another's.
/// </summary>
internal sealed unsafe class MatrixPartition : IDisposable
{
    private static readonly long[] _whole = [0];

    private NativeBuffer<int> _items = new(0);
    private IReadOnlyList<long>? _parts;
    private (long Length, int ItemLength, int Workers) _shape;

    /// <summary>The items' numbers in order; those of the last call where nothing changed.</summary>
    /// <param name="values">The buffer, or a piece of it, which is taken for one matrix.</param>
    /// <param name="itemLength">Numbers in an item; neighbouring matrices may share one.</param>
    /// <param name="workers">Among how many it is divided.</param>
    public int* Items(View<float> values, int itemLength, int workers)
    {
        IReadOnlyList<long> parts = values.Length == values.Buffer.Length ? values.Buffer.Parts : _whole;
        if (ReferenceEquals(parts, _parts) && _shape == (values.Length, itemLength, workers))
            return _items.Pointer;
        (_parts, _shape) = (parts, (values.Length, itemLength, workers));
        int items = (int)((values.Length + itemLength - 1) / itemLength);
        _items.Dispose();
        _items = new NativeBuffer<int>(items);
        int count = 0;
        for (int worker = 0; worker < workers; worker++)
        {
            for (int part = 0; part < parts.Count; part++)
            {
                long first = FirstItem(part), partItems = FirstItem(part + 1) - first;
                long end = first + (partItems * (worker + 1) / workers);
                for (long item = first + (partItems * worker / workers); item < end; item++)
                    _items.Pointer[count++] = (int)item;
            }
        }
        return _items.Pointer;

        long FirstItem(int part) => part == parts.Count ? items : parts[part] / itemLength;
    }

    public void Dispose() => _items.Dispose();
}
