using System.Diagnostics;

namespace GpuVae.Tests.Fuzzing;

/// <summary>What a reader did with hostile files.</summary>
/// <param name="Parsed">Files that it read.</param>
/// <param name="Refused">Files that it refused with one line that names the file.</param>
/// <param name="Escapes">What came of the others, with their numbers.</param>
/// <param name="Slowest">The longest time that one took.</param>
/// <param name="MostAllocated">The most bytes of managed memory that one took in all.</param>
internal sealed record FuzzResult(
    int Parsed, int Refused, IReadOnlyList<FuzzEscape> Escapes, TimeSpan Slowest, long MostAllocated);

/// <summary>A hostile file that got through: neither a value nor a refusal, or too slowly, or for too much memory.</summary>
internal sealed record FuzzEscape(int Number, byte[] Input, string What)
{
    /// <inheritdoc/>
    public override string ToString() => $"input {Number} ({Input.Length} bytes): {What}";
}

/// <summary>Gives a reader hostile files, one after the other, in one thread that is watched.</summary>
internal sealed class FuzzRun(FuzzReader reader, string folder)
{
    /// <summary>The most bytes of managed memory that a file may take.</summary>
    public const long MostBytes = 256 << 20;

    private const int LongestMessage = 1000;

    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(200);

    private readonly Mutator _mutator = new(reader);
    private readonly string _path = Path.Combine(folder, reader.FileName);
    private readonly List<FuzzEscape> _escapes = [];
    private int _parsed;
    private int _refused;
    private TimeSpan _slowest;
    private long _mostAllocated;
    private int _current;
    private bool _isAbandoned;

    /// <summary>The longest time that a file may take. On a machine that does other things it is asked twice.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After this time a reader is said to hang.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Reads inputs 0 … <paramref name="count"/> − 1.</summary>
    /// <exception cref="TimeoutException">One takes no end.</exception>
    public FuzzResult Execute(int count)
    {
        reader.Prepare(folder);
        var thread = new Thread(() =>
        {
            for (int number = 0; number < count && !Volatile.Read(ref _isAbandoned); number++)
                Try(number);
        })
        {
            IsBackground = true,
        };
        thread.Start();
        // Counted in waits, not by the clock, which goes on where the whole process is stopped for a while.
        int last = -1;
        for (TimeSpan waited = TimeSpan.Zero; !thread.Join(_poll); waited += _poll)
        {
            int current = Volatile.Read(ref _current);
            if (current != last)
                (last, waited) = (current, TimeSpan.Zero);
            if (waited <= Patience)
                continue;
            Volatile.Write(ref _isAbandoned, true);
            throw new TimeoutException($"{reader.Name}: input {Volatile.Read(ref _current)} takes no end");
        }
        return new FuzzResult(_parsed, _refused, _escapes, _slowest, _mostAllocated);
    }

    private void Try(int number)
    {
        byte[] input = _mutator.Make(number);
        File.WriteAllBytes(_path, input);
        Volatile.Write(ref _current, number);
        long start = Stopwatch.GetTimestamp();
        long before = GC.GetAllocatedBytesForCurrentThread();
        (bool parsed, string? escape) = Answer();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        if (time > Limit)
        {
            // Something else may have had the processor.
            long again = Stopwatch.GetTimestamp();
            Answer();
            TimeSpan second = Stopwatch.GetElapsedTime(again);
            time = second < time ? second : time;
        }
        if (time > Limit)
            escape ??= $"took {time.TotalSeconds:F1} s";
        if (allocated > MostBytes)
            escape ??= $"took {allocated >> 20} MB";
        _slowest = time > _slowest ? time : _slowest;
        _mostAllocated = Math.Max(_mostAllocated, allocated);
        if (escape is null && parsed)
            _parsed++;
        else if (escape is null)
            _refused++;
        else
            _escapes.Add(new FuzzEscape(number, input, escape));
    }

    /// <summary>Reads the file once. There is no escape where it is read, or refused as it should be.</summary>
    private (bool Parsed, string? Escape) Answer()
    {
        try
        {
            reader.Read(_path);
            return (true, null);
        }
        catch (UserException exception)
        {
            if (!exception.Message.Contains(folder, StringComparison.Ordinal))
                return (false, $"the refusal names neither the file nor one beside it: {exception.Message}");
            return (false, exception.Message.Any(char.IsControl) || exception.Message.Length > LongestMessage
                ? $"the refusal is not one plain line of bearable length: {exception.Message}"
                : null);
        }
        catch (Exception exception) when (exception is not UserException)
        {
            return (false, exception.ToString());
        }
    }
}
