using System.Diagnostics;
using System.Runtime.InteropServices;

namespace GpuVae.Bench.Convolutions;

/// <summary>
/// How long the calling thread has computed, where the system tells it: programs that take its core meanwhile do not count. Else
/// the time that has passed.
/// </summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Seconds since some instant.</summary>
    public static double Seconds
    {
        get
        {
            if (OperatingSystem.IsLinux() && ReadClock(ThreadCpuTime, out Time time) == 0)
                return time.Seconds + (time.Nanoseconds * 1e-9);
            return Stopwatch.GetElapsedTime(0).TotalSeconds;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ReadClock(int clock, out Time time);

    /// <summary>The system's <c>timespec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
