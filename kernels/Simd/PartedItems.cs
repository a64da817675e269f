namespace GpuVae.Kernels.Simd;

/// <summary>
/// The items of an operation over a buffer that holds several matrices, in an order in which each worker's share is its
/// share of every matrix: that of the rows whose products it computes. So weights, their gradients and moments stay with one
/// core, whose cache need not be another's.
/// </summary>
internal sealed unsafe class PartedItems : IDisposable
{
    private static readonly long[] _whole = [0];

    private NativeBuffer<int> _items = new(0);
    private IReadOnlyList<long>? _parts;
    private (long Length, int ItemLength, int Workers) _shape;

    /// <summary>The items' numbers in order; those of the last call where nothing changed.</summary>
    /// <param name="values">The buffer, or a piece of it, which is taken for one matrix.</param>
    /// <param name="itemLength">Numbers in an item; neighbouring parts may share one.</param>
    /// <param name="workers">How many share.</param>
    public int* Of(View<float> values, int itemLength, int workers)
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
