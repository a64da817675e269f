namespace GpuVae.Detection;

/// <summary>
/// Lanes that nobody uses. Any number of threads may rent and return at once, without locks and, once there are as many
/// lanes as threads at a time, without allocating.
/// </summary>
/// <param name="create">Makes a lane where none is free.</param>
internal sealed class LanePool(Func<DetectorLane> create) : IDisposable
{
    // Slots lie a cache line apart, so that threads on different cores do not wait for each other's.
    private const int Distance = 8;

    private static readonly int _slotCount = (int)System.Numerics.BitOperations.RoundUpToPowerOf2(
        (uint)Math.Clamp(2 * Environment.ProcessorCount, 16, 128));

    private readonly DetectorLane?[] _slots = new DetectorLane?[_slotCount * Distance];
    private volatile bool _isDisposed;

    /// <summary>A lane for this thread alone until the lease ends.</summary>
    /// <exception cref="ObjectDisposedException">The pool has been disposed of.</exception>
    public LaneLease Lease() => new(this, Rent());

    /// <summary>A lane for this thread alone until it is returned.</summary>
    /// <exception cref="ObjectDisposedException">The pool has been disposed of.</exception>
    public DetectorLane Rent()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(AnomalyDetector));
        int start = Thread.GetCurrentProcessorId();
        for (int i = 0; i < _slotCount; i++)
        {
            ref DetectorLane? slot = ref SlotOf(start + i);
            if (Volatile.Read(ref slot) is not null && Interlocked.Exchange(ref slot, null) is DetectorLane lane)
                return lane;
        }
        return create();
    }

    /// <summary>Takes a lane back.</summary>
    public void Return(DetectorLane lane)
    {
        int start = Thread.GetCurrentProcessorId();
        for (int i = 0; i < _slotCount; i++)
        {
            ref DetectorLane? slot = ref SlotOf(start + i);
            if (Volatile.Read(ref slot) is not null || Interlocked.CompareExchange(ref slot, lane, null) is not null)
                continue;
            // Whoever disposes of the pool may have passed this slot already.
            if (_isDisposed)
                Interlocked.Exchange(ref slot, null)?.Dispose();
            return;
        }
        lane.Dispose();
    }

    /// <summary>Ends the free lanes; those in use end as they are returned.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        for (int i = 0; i < _slotCount; i++)
            Interlocked.Exchange(ref SlotOf(i), null)?.Dispose();
    }

    private ref DetectorLane? SlotOf(int index) => ref _slots[(index & (_slotCount - 1)) * Distance];
}

/// <summary>A lane in use.</summary>
/// <param name="pool">Takes it back at the end.</param>
/// <param name="lane">The lane.</param>
internal readonly struct LaneLease(LanePool pool, DetectorLane lane) : IDisposable
{
    /// <summary>The lane, until this ends.</summary>
    public DetectorLane Lane => lane;

    /// <inheritdoc/>
    public void Dispose() => pool.Return(lane);
}
