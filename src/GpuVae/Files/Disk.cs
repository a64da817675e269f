using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GpuVae.Files;

/// <summary>
/// Brings files to the disk with calls of its own, and says so where that failed: <see cref="FileStream.Flush(bool)"/> of the
/// runtime takes a disk's error for success.
/// </summary>
internal static partial class Disk
{
    private const int Interrupted = 4;
    private const int FileSizeExceeded = 25; // SIGXFSZ, on Linux and macOS
    private const nint Default = 0; // SIG_DFL
    private const nint Ignore = 1; // SIG_IGN
    private const int FullFlush = 51; // F_FULLFSYNC: past the disk's own memory, where macOS stops by default

    private static int _limitsAreErrors;

    /// <summary>Returns when all that was written is on the disk.</summary>
    /// <param name="stream">Open to be written.</param>
    /// <exception cref="IOException">
    /// The disk did not take it. What is in the file is then not known, and another attempt would say nothing: the system
    /// forgets what it could not write.
    /// </exception>
    public static void Flush(FileStream stream)
    {
        stream.Flush();
        if (TryFlush(stream.SafeFileHandle) is int error and not 0)
            throw Failure(error);
    }

    /// <summary>Opens and writes a file.</summary>
    /// <param name="write">Does it, and closes what it opened.</param>
    /// <exception cref="IOException">
    /// As of <paramref name="write"/>; also where the file would grow over a limit, which else ends the process by a signal, and
    /// for which the runtime blames an argument.
    /// </exception>
    public static void Write(Action write)
    {
        TakeLimitsForErrors();
        try
        {
            write();
        }
        catch (ArgumentOutOfRangeException exception) when (IsTooLong(exception))
        {
            throw new IOException(
                "File too large: it would grow over what the file system or ulimit -f allows", exception);
        }
    }

    /// <summary>Flushes what is open.</summary>
    /// <returns>0, or the system's error.</returns>
    internal static int TryFlush(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows())
            return FlushOnWindows(file) ? 0 : Marshal.GetLastPInvokeError();
        if (OperatingSystem.IsMacOS() && Control(file, FullFlush) == 0)
            return 0;
        int error;
        do
        {
            error = Synchronize(file) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (error == Interrupted);
        return error;
    }

    /// <summary>What to throw for an error of <see cref="TryFlush"/>.</summary>
    internal static IOException Failure(int error) => new(
        $"{Marshal.GetPInvokeErrorMessage(error).TrimEnd('.')}: the disk did not take what was written", error);

    /// <summary>
    /// Has a write over <c>ulimit -f</c> answered by an error. The signal that comes with it kills a process that has not said
    /// what to do with it; where one has, that stays.
    /// </summary>
    private static void TakeLimitsForErrors()
    {
        if (OperatingSystem.IsWindows() || Interlocked.Exchange(ref _limitsAreErrors, 1) == 1)
            return;
        nint before = SetHandler(FileSizeExceeded, Ignore);
        if (before is not (Default or Ignore))
            _ = SetHandler(FileSizeExceeded, before);
    }

    // FileStream has no argument of that name: the system refused the length.
    private static bool IsTooLong(ArgumentOutOfRangeException exception) =>
        exception.ParamName == "value" && exception.TargetSite?.DeclaringType?.Assembly == typeof(FileStream).Assembly;

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronize(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command);

    [LibraryImport("kernel32", EntryPoint = "FlushFileBuffers", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushOnWindows(SafeFileHandle file);
}
