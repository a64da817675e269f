using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using GpuVae.Files;
using Microsoft.Win32.SafeHandles;

namespace GpuVae.Runs;

/// <summary>
/// Keeps a second process out of a run folder: a file that is open and locked for as long as its process writes there. The
/// system lets go of the lock when the process ends, however that comes about, so that neither a clock nor a number that
/// another process got later decides anything. What stands in the file, the process and its machine, is for people; it
/// counts only where the file system has no locks, or where another machine wrote it, whose locks may not be seen here.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private const int LongestText = 512;
    private const int AlreadyThere = 17; // EEXIST
    private const int AlreadyThereOnWindows = 80;

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(2);

    private static readonly HashSet<string> _heldByThisProcess = new(StringComparer.Ordinal);

    private readonly string _path;
    private readonly FileStream _file;

    private RunLock(string path, FileStream file, bool isLocked) => (_path, _file, IsLocked) = (path, file, isLocked);

    /// <summary>Whether the file system holds the lock; else only the number of the process keeps others away.</summary>
    public bool IsLocked { get; }

    /// <summary>What a person should know, or null.</summary>
    public string? Note => IsLocked
        ? null
        : $"{Path.GetDirectoryName(_path)}: the file system has no locks; let no other process train in this folder";

    /// <summary>Acquires the lock.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UserException">Another process has it, or it cannot be written.</exception>
    public static RunLock Acquire(string path) => TryAcquire(path, out string owner) ?? throw new UserException(
        $"{Path.GetDirectoryName(path)}: {owner} trains in this folder; wait for it or stop it (and remove {path} where "
        + "it is certain that it is gone)");

    /// <summary>Acquires the lock where nobody has it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="owner">Who has it.</param>
    /// <returns>Null where somebody has it.</returns>
    /// <exception cref="UserException">It cannot be written, or is no file of this folder alone.</exception>
    public static RunLock? TryAcquire(string path, out string owner)
    {
        string full = Path.GetFullPath(path);
        owner = $"this process, {Environment.ProcessId},";
        lock (_heldByThisProcess)
        {
            if (!_heldByThisProcess.Add(full))
                return null;
        }
        RunLock? taken = null;
        try
        {
            return taken = TryUntilTimeout(path, out owner);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new UserException($"{path}: cannot be written: {exception.Message}", exception);
        }
        finally
        {
            if (taken is null)
                Release(full);
        }
    }

    /// <summary>Whether a process has it. Where the file system has no locks, whoever made the file counts.</summary>
    /// <param name="path">The file; there need not be one.</param>
    public static bool IsHeld(string path)
    {
        if (FileEntry.Of(path).Kind != EntryKind.File)
            return false;
        if (!OperatingSystem.IsWindows())
        {
            // Who wants it at this moment tries again.
            using SafeFileHandle? file = FileLock.Open(path);
            return file is not null && FileLock.Try(file, isExclusive: false) != LockAttempt.Locked;
        }
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return false;
        }
        catch (IOException exception)
        {
            return FileLock.IsTaken(exception);
        }
    }

    /// <summary>Releases it.</summary>
    public void Dispose()
    {
        // Windows deletes no file that is open. Elsewhere the name goes first, as the next one's would else be deleted.
        if (OperatingSystem.IsWindows())
            _file.Dispose();
        AtomicFile.TryDelete(_path);
        _file.Dispose();
        Release(Path.GetFullPath(_path));
    }

    /// <summary>Tries for a while: the owner may take the file away at the same moment.</summary>
    private static RunLock? TryUntilTimeout(string path, out string owner)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return TryOnce(path, out owner);
            }
            catch (IOException exception) when (FileLock.IsTaken(exception))
            {
                owner = OwnerOf(path);
                return null;
            }
            catch (IOException exception) when (IsChanging(exception) && clock.Elapsed < _timeout)
            {
                Thread.Sleep(5);
            }
        }
    }

    /// <exception cref="IOException">Another has the lock, or the file is no longer the one that has the name.</exception>
    private static RunLock? TryOnce(string path, out string owner)
    {
        (FileStream file, LockAttempt attempt) = Open(path);
        RunLock? taken = null;
        bool isOurs = false;
        try
        {
            owner = attempt == LockAttempt.Taken ? OwnerOf(path) : "";
            if (attempt == LockAttempt.Taken || Counts(Read(file.SafeFileHandle), attempt == LockAttempt.Locked, out owner))
                return null;
            if (!OwnFile.IsNamed(file, path))
                throw new FileNotFoundException("it was taken away meanwhile", path);
            isOurs = true;
            Write(path, file);
            return taken = new RunLock(path, file, attempt == LockAttempt.Locked);
        }
        finally
        {
            // A disk that takes no line keeps the empty file else.
            if (taken is null && isOurs)
                AtomicFile.TryDelete(path);
            if (taken is null)
                file.Dispose();
        }
    }

    /// <summary>
    /// Opens the file and locks it. The runtime has locked it already where it could, but keeps to itself where it could not,
    /// so this asks again.
    /// </summary>
    private static (FileStream File, LockAttempt Attempt) Open(string path)
    {
        if (OperatingSystem.IsWindows())
            return (OwnFile.Open(path, FileAccess.ReadWrite, FileShare.Read), LockAttempt.Locked);
        // Open to be read, it keeps nobody from making the file system read-only; some lock only what may be written.
        FileStream file = OwnFile.Open(path, FileAccess.Read, FileShare.None);
        LockAttempt attempt = FileLock.Try(file.SafeFileHandle, isExclusive: true);
        if (attempt != LockAttempt.Unsupported)
            return (file, attempt);
        file.Dispose();
        file = OwnFile.Open(path, FileAccess.ReadWrite, FileShare.None);
        return (file, FileLock.Try(file.SafeFileHandle, isExclusive: true));
    }

    private static string Read(SafeFileHandle file)
    {
        var text = new byte[LongestText];
        return Encoding.UTF8.GetString(text, 0, RandomAccess.Read(file, text, fileOffset: 0));
    }

    /// <summary>Writes who has the lock, through another opening of the file than the one that holds it.</summary>
    private static void Write(string path, FileStream locked)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{Environment.ProcessId} {Environment.MachineName} {DateTime.UtcNow:O}\n"));
        using SafeFileHandle? own = OperatingSystem.IsWindows() ? null : OpenFor(path, isWritten: true);
        SafeFileHandle file = own ?? locked.SafeFileHandle;
        if (!FileEntry.Of(file).IsSameAs(FileEntry.Of(locked.SafeFileHandle)))
            throw new FileNotFoundException("it was replaced meanwhile", path);
        RandomAccess.SetLength(file, 0);
        Disk.Write(() => RandomAccess.Write(file, text, fileOffset: 0));
    }

    /// <summary>Whether the process that a file names may still be there, although its lock was to be had.</summary>
    private static bool Counts(string text, bool isLocked, out string owner)
    {
        string[] parts = text.Trim().Split(' ');
        owner = "";
        if (parts.Length != 3 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            return false;
        bool isHere = parts[1] == Environment.MachineName;
        if (isHere && (isLocked || id == Environment.ProcessId || !IsAlive(id)))
            return false;
        owner = $"process {parts[0]} on {parts[1]}";
        return true;
    }

    private static bool IsAlive(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended meanwhile, or belongs to somebody else; only the second is alive.
            return exception is System.ComponentModel.Win32Exception;
        }
    }

    /// <summary>Who is named in a file that another holds.</summary>
    private static string OwnerOf(string path)
    {
        try
        {
            using SafeFileHandle file = OperatingSystem.IsWindows()
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                : OpenFor(path, isWritten: false);
            string[] parts = Read(file).Trim().Split(' ');
            return parts.Length == 3 ? $"process {parts[0]} on {parts[1]}" : "another process";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }

    private static SafeFileHandle OpenFor(string path, bool isWritten) =>
        FileLock.Open(path, isWritten)
        ?? throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));

    // Taken away, or made, by another since it was looked at.
    private static bool IsChanging(IOException exception) => exception is FileNotFoundException
        || (OperatingSystem.IsWindows() ? (exception.HResult & 0xffff) == AlreadyThereOnWindows : exception.HResult == AlreadyThere);

    private static void Release(string path)
    {
        lock (_heldByThisProcess)
            _heldByThisProcess.Remove(path);
    }
}
