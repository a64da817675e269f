using System.Runtime.InteropServices;

namespace GpuVae.CommandLine;

/// <summary>What the program says to the shell.</summary>
internal static class ExitCode
{
    /// <summary>All went well.</summary>
    public const int Done = 0;

    /// <summary>Data, device, disk or training failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong; nothing was read or written.</summary>
    public const int Usage = 2;

    /// <summary>Stopped by Ctrl-C, after saving what there was to save: 128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;

    /// <summary>Stopped by a signal, as shells count: 128 and its number.</summary>
    public static int Of(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGHUP => 129,
        PosixSignal.SIGTERM => 143,
        _ => Interrupted,
    };
}
