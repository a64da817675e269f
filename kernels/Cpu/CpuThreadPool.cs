using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// Threads that live as long as the device and divide each operation's work with the caller. Between operations
/// they spin for a moment, since the next one is microseconds away, and then sleep.
/// </summary>
/// <remarks>
/// A job is a number of items, and each worker has a contiguous range of them that takes as long as the others: the same range
/// whenever a job has as many items, so that what a core wrote in one operation it mostly finds in its own caches in the next.
/// Cores need not share a cache; where they do not, a line that another core wrote costs a quarter of a microsecond. A worker
/// that is done with its range steals half of what is left of another's, so that all end together. Which thread computes an
/// item never changes the item's result, so results do not depend on the number of threads.
/// </remarks>
internal sealed unsafe class CpuThreadPool : IDisposable
{
    // About 100 microseconds of pauses: longer than any gap inside a step, shorter than a person notices. Without
    // pauses the waiting threads' reads would slow down the thread that they wait for.
    private const int SpinsBeforeSleep = 3000;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly NativeBuffer<WorkerState> _stateMemory;
    private readonly WorkerState* _states;
    private long _issued;
    private int _sleepers;
    private Exception? _failure;
    private volatile bool _ending;

    public CpuThreadPool(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;
        _stateMemory = new NativeBuffer<WorkerState>(size);
        _states = _stateMemory.Pointer;
        _threads = new Thread[size - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => RunWorker(worker)) { IsBackground = true, Name = $"GpuVae worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads, the caller's included.</summary>
    public int Size { get; }

    /// <summary>
    /// Calls <paramref name="body"/>(context, first item, number of items, worker) until every item of
    /// 0 … <paramref name="items"/> − 1 is done. The caller is worker 0.
    /// </summary>
    public void Run(delegate*<void*, int, int, int, void> body, void* context, int items) =>
        Run(body, context, items, new EqualPartition(items, Size));

    /// <summary>The same where items differ, with ranges that take equally long.</summary>
    public void Run<TPartition>(delegate*<void*, int, int, int, void> body, void* context, int items, TPartition partition)
        where TPartition : struct, IPartition
    {
        if (items <= 0)
            return;
        if (items == 1 || Size == 1)
        {
            body(context, 0, items, 0);
            return;
        }
        int first = Piece(partition.Begin(1));
        WorkerState* states = _stateMemory.Pointer;
        _issued += items;
        for (int worker = 0; worker < Size; worker++)
        {
            // The caller's range first: a worker that is done with its own while the caller is kept from its processor here
            // must find it, since it looks at the others' only once.
            WorkerState* state = states + worker;
            state->Body = body;
            state->Context = context;
            // The caller's first piece is not offered to anyone, so that it begins without a locked instruction, which would
            // wait until the others' states are written.
            int begin = worker == 0 ? first : partition.Begin(worker);
            Volatile.Write(ref state->Left, Range(begin, worker == Size - 1 ? items : partition.Begin(worker + 1)));
        }

        // Whoever falls asleep at this very moment misses the job; the others do its items.
        int sleepers = Volatile.Read(ref _sleepers) - _wake.CurrentCount;
        if (sleepers > 0)
            _wake.Release(sleepers);
        RunItems(states, 0, first, 0);
        RunAndSteal(0);
        for (int spins = 0; !IsDone(); spins++)
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
        _stateMemory.Dispose();
    }

    private static long Range(int begin, int end) => ((long)end << 32) | (uint)begin;

    // What a worker claims at once of so many items: large pieces at first, single items at the end.
    private static int Piece(int items) => (items + 1) / 2;

    private bool IsDone()
    {
        long done = 0;
        for (int worker = 0; worker < Size; worker++)
            done += Volatile.Read(ref _states[worker].Done);
        return done == _issued;
    }

    // Works through the own range, then steals from the others. A claim succeeds only on a job that is under way, and the job
    // cannot end before the claimed items do: so the job's description, read after the claim, is the right one.
    private void RunAndSteal(int worker)
    {
        for (int distance = 0; distance < Size;)
        {
            WorkerState* state = _states + ((worker + distance) % Size);
            long left = Volatile.Read(ref state->Left);
            int begin = (int)left, end = (int)(left >> 32);
            if (begin >= end)
            {
                distance++;
                continue;
            }
            int piece = Piece(end - begin);
            bool isOwn = distance == 0;
            long rest = isOwn ? Range(begin + piece, end) : Range(begin, end - piece);
            if (Interlocked.CompareExchange(ref state->Left, rest, left) != left)
                continue;
            RunItems(state, isOwn ? begin : end - piece, piece, worker);
        }
    }

    private void RunItems(WorkerState* state, int first, int count, int worker)
    {
        try
        {
            state->Body(state->Context, first, count, worker);
        }
        catch (Exception e)
        {
            // The others may still be at work on what the caller has on its stack: it hears of this when they are done.
            _failure = e;
        }
        WorkerState* own = _states + worker;
        Volatile.Write(ref own->Done, own->Done + count);
    }

    private void RunWorker(int worker)
    {
        WorkerState* state = _states + worker;
        while (!_ending)
        {
            for (int spins = 0; IsEmpty(state); spins++)
            {
                if (spins < SpinsBeforeSleep)
                {
                    Thread.SpinWait(1);
                    continue;
                }
                Interlocked.Increment(ref _sleepers);
                if (IsEmpty(state) && !_ending)
                    _wake.Wait();
                Interlocked.Decrement(ref _sleepers);
                spins = 0;
                if (_ending)
                    return;
            }
            RunAndSteal(worker);
        }

        static bool IsEmpty(WorkerState* state)
        {
            long left = Volatile.Read(ref state->Left);
            return (int)left >= (int)(left >> 32);
        }
    }

    /// <summary>
    /// What one worker has to do, and has done, on cache lines of its own: a job reaches it with the first of them.
    /// </summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct WorkerState
    {
        /// <summary>The items of its range that nobody has claimed: the first in the low half, the end in the high.</summary>
        [FieldOffset(0)]
        public long Left;

        [FieldOffset(8)]
        public delegate*<void*, int, int, int, void> Body;

        [FieldOffset(16)]
        public void* Context;

        /// <summary>Items that it has done since the pool was made.</summary>
        [FieldOffset(128)]
        public long Done;
    }
}
