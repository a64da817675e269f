using System.Runtime.InteropServices;
using GpuVae.Bench.Reports;

namespace GpuVae.Bench.Peak;

/// <summary>
/// How long a message from one core to another takes, and the answer. Cores that share a cache need a fraction of what others
/// do, and a virtual machine may get the one kind or the other from minute to minute: it says why two runs differ.
/// </summary>
internal static class RoundTrip
{
    private const int Messages = 100_000;

    /// <summary>Seconds of a message and its answer; not a number where there is one core.</summary>
    public static double Measure()
    {
        if (Machine.Cores < 2)
            return double.NaN;
        var lines = new Lines();
        double seconds = ThreadTeam.LeastSeconds(2, thread =>
        {
            for (int i = 0; i < Messages; i++)
            {
                // Each sample counts on from where the one before ended.
                if (thread == 0)
                {
                    int sent = lines.Question + 1;
                    Volatile.Write(ref lines.Question, sent);
                    while (Volatile.Read(ref lines.Answer) != sent)
                    {
                    }
                }
                else
                {
                    int next = lines.Answer + 1;
                    while (Volatile.Read(ref lines.Question) != next)
                    {
                    }
                    Volatile.Write(ref lines.Answer, next);
                }
            }
        });
        return seconds / Messages;
    }

    /// <summary>The two numbers, each on a cache line of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private sealed class Lines
    {
        [FieldOffset(128)]
        public int Question;

        [FieldOffset(384)]
        public int Answer;
    }
}
