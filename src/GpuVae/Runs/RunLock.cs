using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace GpuVae.Runs;

/// <summary>
/// Keeps a second process out of a run folder: a file with the process that writes there. It is looked at and written
/// while it is open for nobody else, so that of two that come at once one is refused; and a file whose process is gone,
/// as after a kill, counts for nothing.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(2);

    // A process that started later than the file was written has only the same number.
    private static readonly TimeSpan _clockError = TimeSpan.FromSeconds(2);

    private static readonly HashSet<string> _heldByThisProcess = new(StringComparer.Ordinal);

    private const int LongestText = 512;

    private readonly string _path;

    private RunLock(string path) => _path = path;

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
    /// <exception cref="UserException">It cannot be written.</exception>
    public static RunLock? TryAcquire(string path, out string owner)
    {
        string full = Path.GetFullPath(path);
        owner = $"this process, {Environment.ProcessId},";
        lock (_heldByThisProcess)
        {
            if (!_heldByThisProcess.Add(full))
                return null;
        }
        bool isTaken = false;
        try
        {
            isTaken = TryUntilTimeout(path, out owner);
            return isTaken ? new RunLock(path) : null;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new UserException($"{path}: cannot be written: {exception.Message}", exception);
        }
        finally
        {
            if (!isTaken)
                Release(full);
        }
    }

    /// <summary>Releases it.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It stays behind and counts for nothing once this process is gone.
        }
        Release(Path.GetFullPath(_path));
    }

    /// <summary>Tries for a while: somebody may look at the file, or take it away, at the same moment.</summary>
    private static bool TryUntilTimeout(string path, out string owner)
    {
        string mine = string.Create(
            CultureInfo.InvariantCulture, $"{Environment.ProcessId} {Environment.MachineName} {DateTime.UtcNow:O}\n");
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                owner = Write(path, mine);
                // Another may have removed the file between its opening and its lock.
                if (owner.Length > 0 || File.ReadAllText(path) == mine)
                    return owner.Length == 0;
            }
            catch (IOException exception) when (
                exception is not DirectoryNotFoundException && !IsDiskFull(exception) && clock.Elapsed < _timeout)
            {
                // Open elsewhere, or gone since.
            }
            Thread.Sleep(10);
        }
    }

    /// <returns>The owner who is alive; empty where there was none and the file says so now.</returns>
    private static string Write(string path, string mine)
    {
        using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var text = new byte[LongestText];
        string owner = Encoding.UTF8.GetString(text, 0, stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false));
        if (IsAlive(owner))
            return $"process {owner.Split(' ')[0]} on {owner.Split(' ')[1]}";
        stream.SetLength(0);
        stream.Write(Encoding.UTF8.GetBytes(mine));
        return "";
    }

    /// <summary>Whether the process that wrote a lock still runs. On another machine that cannot be known.</summary>
    private static bool IsAlive(string owner)
    {
        string[] parts = owner.Trim().Split(' ');
        if (parts.Length != 3
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            || !DateTime.TryParse(
                parts[2], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out DateTime taken))
        {
            return false;
        }
        if (parts[1] != Environment.MachineName)
            return true;
        if (id == Environment.ProcessId)
            return false;
        try
        {
            using var process = Process.GetProcessById(id);
            return process.StartTime.ToUniversalTime() <= taken + _clockError;
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

    private static bool IsDiskFull(IOException exception) => (exception.HResult & 0xffff) is 28 or 112;

    private static void Release(string path)
    {
        lock (_heldByThisProcess)
            _heldByThisProcess.Remove(path);
    }
}
