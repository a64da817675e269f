using System.Diagnostics;

namespace GpuVae.Bench.Peak;

/// <summary>Runs the same work on several threads at once and takes the time until the last has ended.</summary>
internal static class ThreadTeam
{
    private const int Samples = 9;

    /// <summary>
    /// The least seconds of <paramref name="body"/>, called with each thread's number, after one call for warm-up. The
    /// least, as this is for limits: whatever else the machine does can only make a sample slower.
    /// </summary>
    public static double LeastSeconds(int threads, Action<int> body)
    {
        using var barrier = new Barrier(threads);
        var starts = new long[Samples + 1, threads];
        var ends = new long[Samples + 1, threads];
        Thread[] team = [.. Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            for (int sample = 0; sample <= Samples; sample++)
            {
                barrier.SignalAndWait();
                starts[sample, number] = Stopwatch.GetTimestamp();
                body(number);
                ends[sample, number] = Stopwatch.GetTimestamp();
            }
        }))];
        foreach (Thread thread in team)
            thread.Start();
        foreach (Thread thread in team)
            thread.Join();
        return Enumerable.Range(1, Samples).Min(sample =>
        {
            long first = Enumerable.Range(0, threads).Min(number => starts[sample, number]);
            long last = Enumerable.Range(0, threads).Max(number => ends[sample, number]);
            return Stopwatch.GetElapsedTime(first, last).TotalSeconds;
        });
    }
}
