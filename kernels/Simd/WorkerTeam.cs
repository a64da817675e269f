using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Simd;

/// <summary>
/// Threads that live as long as the backend and share each operation's work with the caller. Between operations
/// they spin for a moment, since the next one is microseconds away, and then sleep.
/// </summary>
/// <remarks>
/// A job is a number of items. Whoever is free claims a share of those that remain, large at first and single
/// items at the end: neighbours mostly stay with one core, and all cores end together. Which thread computes an item never
/// changes the item's result, so results do not depend on the number of threads.
/// </remarks>
internal sealed unsafe class WorkerTeam : IDisposable
{
    // About 100 microseconds of pauses: longer than any gap inside a step, shorter than a person notices. Without
    // pauses the waiting threads' reads would slow down the thread that they wait for.
    private const int SpinsBeforeSleep = 3000;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private Shared _shared;
    private delegate*<void*, int, int, int, void> _body;
    private void* _context;
    private Exception? _failure;
    private volatile bool _ending;

    public WorkerTeam(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;
        _threads = new Thread[size - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"GpuVae worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads, the caller's included.</summary>
    public int Size { get; }

    /// <summary>
    /// Calls <paramref name="body"/>(context, first item, number of items, worker) until every item of
    /// 0 … <paramref name="items"/> − 1 is done. The caller is worker 0.
    /// </summary>
    public void Run(delegate*<void*, int, int, int, void> body, void* context, int items)
    {
        if (items <= 0)
            return;
        if (items == 1 || Size == 1)
        {
            body(context, 0, items, 0);
            return;
        }
        _body = body;
        _context = context;
        _shared.Items = items;
        Volatile.Write(ref _shared.Done, 0);
        Interlocked.Exchange(ref _shared.Remaining, items);
        int sleepers = Volatile.Read(ref _shared.Sleepers);
        if (sleepers > 0)
            _wake.Release(sleepers);
        Share(0);
        for (int spins = 0; Volatile.Read(ref _shared.Done) != items; spins++)
        {
            // Where other programs fill the machine, the thread waited for may need this core.
            if (spins < SpinsBeforeSleep)
                Thread.SpinWait(1);
            else
                Thread.Yield();
        }
        if (_failure is { } failure)
        {
            _failure = null;
            throw new InvalidOperationException("A worker thread failed.", failure);
        }
    }

    public void Dispose()
    {
        _ending = true;
        if (_threads.Length > 0)
            _wake.Release(_threads.Length);
        foreach (Thread thread in _threads)
            thread.Join();
        _wake.Dispose();
    }

    // Claims shares until none remain. A claim succeeds only on a job that is under way, and the job cannot end
    // before the claimed items do: so the job's description, read after the claim, is the right one.
    private void Share(int worker)
    {
        while (true)
        {
            int remaining = Volatile.Read(ref _shared.Remaining);
            if (remaining == 0)
                return;
            int share = Math.Max(1, remaining / (2 * Size));
            if (Interlocked.CompareExchange(ref _shared.Remaining, remaining - share, remaining) != remaining)
                continue;
            try
            {
                _body(_context, _shared.Items - remaining, share, worker);
            }
            catch (Exception e) when (worker != 0)
            {
                _failure = e;
            }
            finally
            {
                Interlocked.Add(ref _shared.Done, share);
            }
        }
    }

    private void Work(int worker)
    {
        while (!_ending)
        {
            for (int spins = 0; Volatile.Read(ref _shared.Remaining) == 0; spins++)
            {
                if (spins < SpinsBeforeSleep)
                {
                    Thread.SpinWait(1);
                    continue;
                }
                Interlocked.Increment(ref _shared.Sleepers);
                if (Volatile.Read(ref _shared.Remaining) == 0 && !_ending)
                    _wake.Wait();
                Interlocked.Decrement(ref _shared.Sleepers);
                spins = 0;
                if (_ending)
                    return;
            }
            Share(worker);
        }
    }

    /// <summary>What the threads write, each on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Shared
    {
        [FieldOffset(128)]
        public int Remaining;

        [FieldOffset(256)]
        public int Done;

        [FieldOffset(384)]
        public int Sleepers;

        [FieldOffset(388)]
        public int Items;
    }
}
