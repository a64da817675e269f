using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GpuVae.Files;

/// <summary>What comes of an attempt to lock a file.</summary>
internal enum LockAttempt
{
    /// <summary>It is locked.</summary>
    Locked,

    /// <summary>Another has it.</summary>
    Taken,

    /// <summary>The file system has no locks, or none for a file that is only read.</summary>
    Unsupported,
}

/// <summary>
/// Advisory locks on open files and folders of Unix (<c>flock</c>). The runtime takes them too, but does not say where there
/// are none, and asks for one whenever it opens a file. On Windows what a file is opened for is lock enough.
/// </summary>
internal static partial class FileLock
{
    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int WithoutWaiting = 4;

    private const int WriteOnly = 1;

    /// <summary>Locks what is open, without waiting.</summary>
    public static LockAttempt Try(SafeFileHandle file, bool isExclusive)
    {
        if (OperatingSystem.IsWindows()
            || Lock(file, (isExclusive ? Exclusive : Shared) | WithoutWaiting) == 0)
        {
            return LockAttempt.Locked;
        }
        return Marshal.GetLastPInvokeError() == WouldBlock ? LockAttempt.Taken : LockAttempt.Unsupported;
    }

    /// <summary>Whether a file could not be opened because somebody has it locked.</summary>
    public static bool IsTaken(IOException exception) => OperatingSystem.IsWindows()
        ? (exception.HResult & 0xffff) == 32 // ERROR_SHARING_VIOLATION
        : exception.HResult == WouldBlock;

    /// <summary>Opens a file or folder of Unix without a lock.</summary>
    /// <param name="path">What is there.</param>
    /// <param name="isWritten">Whether it is to be written, and no link be followed; else it is read.</param>
    /// <returns>Null where it cannot be opened.</returns>
    public static SafeFileHandle? Open(string path, bool isWritten = false)
    {
        // O_CLOEXEC and O_NOFOLLOW, which are other numbers on each system.
        bool isMac = OperatingSystem.IsMacOS();
        bool isArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
        int flags = isMac ? 0x1000000 : 0x80000;
        if (isWritten)
            flags |= WriteOnly | (isMac ? 0x100 : isArm ? 0x8000 : 0x20000);
        int descriptor = Open(path, flags);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    // EWOULDBLOCK
    private static int WouldBlock => OperatingSystem.IsMacOS() ? 35 : 11;

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);
}
