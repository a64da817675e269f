using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace GpuVae.Files;

/// <summary>
/// A folder that is open: to bring its names to the disk, and to keep those who write in it apart from one who takes away
/// what a killed writer left. Both by an advisory lock on the folder, which ends with the process. Windows has neither: it
/// keeps names in a journal, and does not let go of a file that is open.
/// </summary>
internal sealed class OpenFolder : IDisposable
{
    // What a file system says of a folder that it cannot flush.
    private const int InvalidArgument = 22;
    private const int NotSupported = 95;
    private const int NotSupportedOnMac = 45;

    // Who takes away only lists the folder; longer than this, somebody else holds it, who has no say here.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly SafeFileHandle? _handle;

    private OpenFolder(SafeFileHandle? handle, bool isLocked) => (_handle, IsLocked) = (handle, isLocked);

    /// <summary>Whether the lock is held; not every file system has one.</summary>
    public bool IsLocked { get; }

    /// <summary>For one of many who write into the folder.</summary>
    public static OpenFolder ToWrite(string path)
    {
        SafeFileHandle? handle = Open(path);
        if (handle is null)
            return new OpenFolder(null, isLocked: false);
        var clock = Stopwatch.StartNew();
        LockAttempt attempt;
        while ((attempt = FileLock.Try(handle, isExclusive: false)) == LockAttempt.Taken && clock.Elapsed < _patience)
            Thread.Sleep(1);
        return new OpenFolder(handle, attempt == LockAttempt.Locked);
    }

    /// <summary>For one who wants nobody to be writing into the folder; null where somebody is.</summary>
    public static OpenFolder? ToTidy(string path)
    {
        SafeFileHandle? handle = Open(path);
        LockAttempt attempt = handle is null ? LockAttempt.Unsupported : FileLock.Try(handle, isExclusive: true);
        if (attempt != LockAttempt.Taken)
            return new OpenFolder(handle, attempt == LockAttempt.Locked);
        handle!.Dispose();
        return null;
    }

    /// <summary>
    /// Brings the names in the folder to the disk: a rename is not there after a power cut before its folder is flushed. A
    /// file system that does not know how is left alone: the content of the files is on the disk already.
    /// </summary>
    /// <exception cref="IOException">The disk did not take them.</exception>
    public void Flush()
    {
        int error = _handle is null ? 0 : Disk.TryFlush(_handle);
        if (error is not (0 or InvalidArgument or NotSupported or NotSupportedOnMac))
            throw Disk.Failure(error);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();

    /// <summary>Null where it may be written to and not be read, or is not there.</summary>
    private static SafeFileHandle? Open(string path) =>
        OperatingSystem.IsWindows() ? null : FileLock.Open(path.Length == 0 ? "." : path);
}
