using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;

namespace GpuVae.Distributed;

/// <summary>A rank's part of what all do together.</summary>
/// <param name="numbers">What it gives to the others.</param>
internal delegate void RankWork(Span<float> numbers);

/// <summary>
/// The ranks of a training. Rank 0 leads: it decides what is done next, writes files and speaks; the others follow it, and do their
/// part of each step. Wherever they meet, each also says whether it failed and whether it was asked to stop, so that none waits for one
/// that does not come.
/// </summary>
public sealed class RankGroup : IDisposable
{
    private const int LongestText = 1 << 10;
    private const int Failed = 1;
    private const int Stop = 2;

    private readonly ICommunicator _ranks;
    private readonly CancellationToken _stop;
    private readonly string[] _machines;
    private byte[] _mine = [];
    private byte[] _all = [];
    private float[] _numbers = [];
    private bool _isOver;

    /// <summary>Finds which ranks share this machine. Every rank has to make its own.</summary>
    /// <param name="ranks">Carries the messages.</param>
    /// <param name="stop">Asks all ranks to stop, on any of them.</param>
    public RankGroup(ICommunicator ranks, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        _ranks = ranks;
        _stop = stop;
        _machines = GatherTexts(ranks.Machine);
        string[] processors = GatherTexts(Processors());
        int[] local = [.. Enumerable.Range(0, Size).Where(rank => _machines[rank] == _machines[Rank])];
        LocalSize = local.Length;
        LocalRank = Array.IndexOf(local, Rank);
        Machines = _machines.Distinct().Count();
        int sharers = local.Count(rank => processors[rank] == processors[Rank]);
        Threads = Math.Max(1, Environment.ProcessorCount / sharers);
    }

    /// <summary>This process, from 0.</summary>
    public int Rank => _ranks.Rank;

    /// <summary>How many ranks there are.</summary>
    public int Size => _ranks.Size;

    /// <summary>Ranks on this machine.</summary>
    public int LocalSize { get; }

    /// <summary>Those of them before this one.</summary>
    public int LocalRank { get; }

    /// <summary>Machines that the ranks are on.</summary>
    public int Machines { get; }

    /// <summary>Threads for this rank: its part of the processors that it may use, of which mpirun gives each rank its own or all the same.</summary>
    public int Threads { get; }

    /// <summary>What carries the messages, and between how many, for a person.</summary>
    public string Description =>
        $"{Size} rank{(Size == 1 ? "" : "s")}{(Machines > 1 ? $" on {Machines} machines" : "")} ({_ranks.Description})";

    /// <summary>Whether a rank could not do its part, and all know it.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Whether any rank had been asked to stop when they last met.</summary>
    internal bool StopRequested { get; private set; }

    /// <summary>Tells the other ranks what comes next. Nothing where this rank follows, since it was told.</summary>
    internal void Lead(RankCommand command)
    {
        if (Rank > 0)
            return;
        Send(ref command);
        _isOver |= command.Action == RankAction.End;
    }

    /// <summary>Waits for what rank 0 tells.</summary>
    internal RankCommand Follow()
    {
        RankCommand command = default;
        Send(ref command);
        _isOver |= command.Action == RankAction.End;
        return command;
    }

    /// <summary>Sum over the ranks.</summary>
    internal OrderedSum SumOf(int length) => new(_ranks, length);

    /// <summary>Gives every rank what rank 0 holds.</summary>
    internal void Broadcast<T>(Span<T> data)
        where T : unmanaged
    {
        // Less than what a library counts with 32 bits.
        Span<byte> bytes = MemoryMarshal.AsBytes(data);
        const int Most = 1 << 28;
        for (int first = 0; first < bytes.Length; first += Most)
            _ranks.Broadcast(bytes.Slice(first, Math.Min(Most, bytes.Length - first)));
    }

    /// <summary>
    /// Does this rank's part, and gives every rank the numbers of all, in the order of the ranks. Where one fails all fail: it with its
    /// own exception, the others with a <see cref="RankFailedException"/> that has its message.
    /// </summary>
    /// <param name="length">Numbers of a rank.</param>
    /// <param name="work">Fills them.</param>
    /// <returns>So many numbers for each rank; they last until the next call.</returns>
    internal ReadOnlySpan<float> Gather(int length, RankWork work)
    {
        int bytes = sizeof(int) + (length * sizeof(float));
        if (_mine.Length != bytes)
        {
            _mine = new byte[bytes];
            _all = new byte[bytes * Size];
            _numbers = new float[length * Size];
        }
        Exception? failure = null;
        try
        {
            work(MemoryMarshal.Cast<byte, float>(_mine.AsSpan(sizeof(int))));
        }
        catch (Exception exception)
        {
            // Whatever it is: the others wait for this rank.
            failure = exception;
        }
        MemoryMarshal.Write(_mine, (failure is null ? 0 : Failed) | (_stop.IsCancellationRequested ? Stop : 0));
        _ranks.Gather(_mine, _all);

        int said = 0;
        for (int rank = 0; rank < Size; rank++)
        {
            ReadOnlySpan<byte> other = _all.AsSpan(rank * bytes, bytes);
            said |= MemoryMarshal.Read<int>(other);
            MemoryMarshal.Cast<byte, float>(other[sizeof(int)..]).CopyTo(_numbers.AsSpan(rank * length));
        }
        StopRequested = (said & Stop) != 0;
        if ((said & Failed) != 0)
            Fail(failure);
        return _numbers;
    }

    private void Fail(Exception? failure)
    {
        _isOver = true;
        HasFailed = true;
        string[] messages = GatherTexts(failure is null ? "" : $"!{failure.Message}");
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        int rank = Array.FindIndex(messages, message => message.Length > 0);
        throw new RankFailedException(rank, _machines[rank], messages[rank][1..]);
    }

    /// <summary>The machine that a rank is on.</summary>
    internal string MachineOf(int rank) => _machines[rank];

    /// <summary>Gives every rank the texts of all, of which the ends of long ones are cut.</summary>
    internal string[] GatherTexts(string mine)
    {
        var text = new byte[LongestText];
        Encoding.UTF8.GetEncoder().Convert(mine, text.AsSpan(sizeof(int)), flush: true, out _, out int length, out _);
        MemoryMarshal.Write(text, length);
        var texts = new byte[LongestText * Size];
        _ranks.Gather(text, texts);
        return
        [
            .. texts.Chunk(LongestText).Select(each =>
                Encoding.UTF8.GetString(each, sizeof(int), MemoryMarshal.Read<int>(each))),
        ];
    }

    /// <summary>The numbers of the processors that this process may use, as Linux writes them.</summary>
    private static string Processors()
    {
        const string Status = "/proc/self/status", Key = "Cpus_allowed_list:";
        return !File.Exists(Status)
            ? ""
            : File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal)) ?? "";
    }

    private void Send(ref RankCommand command) =>
        _ranks.Broadcast(MemoryMarshal.AsBytes(new Span<RankCommand>(ref command)));

    /// <summary>
    /// Ends every process at once, this one too, where a failure leaves this rank unable to meet the others, which wait for it.
    /// </summary>
    internal void Abort(Exception failure)
    {
        Console.Error.WriteLine($"gpuvae: rank {Rank} on {_ranks.Machine}: {failure.Message}");
        _ranks.Abort(1);
    }

    /// <summary>Ends the others where this rank leads, and has not told them yet that there is nothing more.</summary>
    public void Dispose()
    {
        if (!_isOver)
            Lead(new RankCommand(RankAction.End));
    }
}
