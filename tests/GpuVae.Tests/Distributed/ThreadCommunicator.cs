using GpuVae.Distributed;

namespace GpuVae.Tests.Distributed;

/// <summary>Ranks that are threads of one process, which meet at a barrier and read from each other's memory.</summary>
internal sealed unsafe class ThreadCommunicator : ICommunicator
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly Meeting _meeting;

    private ThreadCommunicator(Meeting meeting, int rank) => (_meeting, Rank) = (meeting, rank);

    public int Rank { get; }

    public int Size => _meeting.Addresses.Length;

    public string Description => "threads";

    public string Machine => $"machine{Rank / 2}";

    /// <summary>Runs what each rank does on a thread of its own, and fails as the first of them does.</summary>
    public static void Run(int size, Action<ThreadCommunicator> work)
    {
        using var meeting = new Meeting(size);
        var failures = new Exception?[size];
        Thread[] threads =
        [
            .. Enumerable.Range(0, size).Select(rank => new Thread(() =>
            {
                try
                {
                    work(new ThreadCommunicator(meeting, rank));
                }
                catch (Exception exception)
                {
                    failures[rank] = exception;
                    meeting.Leave();
                }
            })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Exception[] all = [.. failures.OfType<Exception>()];
        // What only lost the others comes last.
        if (all.Length > 0)
            throw new AggregateException(all.OrderBy(exception => exception is InvalidOperationException));
    }

    public void Broadcast(Span<byte> data)
    {
        fixed (byte* mine = data)
        {
            nint[] all = Meet((nint)mine, data.Length);
            if (Rank > 0)
                new ReadOnlySpan<byte>((void*)all[0], data.Length).CopyTo(data);
            Part();
        }
    }

    public void Gather(ReadOnlySpan<byte> mine, Span<byte> all)
    {
        fixed (byte* own = mine)
        {
            nint[] others = Meet((nint)own, mine.Length);
            for (int rank = 0; rank < Size; rank++)
                new ReadOnlySpan<byte>((void*)others[rank], mine.Length).CopyTo(all[(rank * mine.Length)..]);
            Part();
        }
    }

    public void Exchange(ReadOnlySpan<float> values, ReadOnlySpan<int> bounds, Span<float> parts)
    {
        int length = bounds[Rank + 1] - bounds[Rank];
        fixed (float* own = values)
        {
            nint[] others = Meet((nint)own, values.Length);
            for (int rank = 0; rank < Size; rank++)
                new ReadOnlySpan<float>((float*)others[rank] + bounds[Rank], length).CopyTo(parts[(rank * length)..]);
            Part();
        }
    }

    public void GatherParts(ReadOnlySpan<float> part, ReadOnlySpan<int> bounds, Span<float> values)
    {
        fixed (float* own = part)
        {
            nint[] others = Meet((nint)own, values.Length);
            for (int rank = 0; rank < Size; rank++)
            {
                int length = bounds[rank + 1] - bounds[rank];
                new ReadOnlySpan<float>((float*)others[rank], length).CopyTo(values.Slice(bounds[rank], length));
            }
            Part();
        }
    }

    public void Abort(int exitCode) => _meeting.Leave();

    public void Dispose()
    {
    }

    /// <summary>Waits for all, which have to have come for the same.</summary>
    private nint[] Meet(nint address, int length)
    {
        _meeting.Addresses[Rank] = address;
        _meeting.Lengths[Rank] = length;
        _meeting.Wait(_patience);
        return _meeting.Lengths.All(other => other == length)
            ? _meeting.Addresses
            : throw new InvalidOperationException($"Ranks meet with {string.Join(", ", _meeting.Lengths)} elements.");
    }

    private void Part() => _meeting.Wait(_patience);

    private sealed class Meeting(int size) : IDisposable
    {
        private readonly Barrier _barrier = new(size);
        private readonly CancellationTokenSource _left = new();

        public nint[] Addresses { get; } = new nint[size];

        public int[] Lengths { get; } = new int[size];

        public void Leave() => _left.Cancel();

        public void Wait(TimeSpan patience)
        {
            try
            {
                if (!_barrier.SignalAndWait(patience, _left.Token))
                    throw new InvalidOperationException("A rank does not come.");
            }
            catch (OperationCanceledException exception)
            {
                throw new InvalidOperationException("A rank has left.", exception);
            }
        }

        public void Dispose()
        {
            _barrier.Dispose();
            _left.Dispose();
        }
    }
}
