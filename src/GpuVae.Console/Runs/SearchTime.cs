using System.Diagnostics;
using GpuVae.Evaluation;

namespace GpuVae.CommandLine;

/// <summary>How long a Hamming search takes, by searching for some queries again and again.</summary>
internal static class SearchTime
{
    private const int Searches = 400;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(2);

    /// <summary>The median of single searches, in milliseconds.</summary>
    /// <param name="queries">Searched for in turn.</param>
    /// <param name="codes">What is searched.</param>
    /// <param name="count">How many of the nearest are asked for.</param>
    public static double Median(BitCodes queries, BitCodes codes, int count)
    {
        var search = new HammingSearch(codes);
        var nearest = new Neighbor[count];
        List<double> milliseconds = [];
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < Searches && clock.Elapsed < _limit; i++)
        {
            long start = Stopwatch.GetTimestamp();
            search.Find(queries[i % queries.Count], nearest);
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        // The first ones run before the runtime has compiled the loops with all its optimisations.
        double[] settled = [.. milliseconds[(milliseconds.Count / 2)..].Order()];
        return settled[settled.Length / 2];
    }

    /// <summary>The line that says it.</summary>
    public static string Text(double milliseconds, BitCodes codes) => ReportText.Text(
        $"a search of {codes.Count:N0} codes of {codes.Bits} bits takes {milliseconds:F3} ms");
}
