using GpuVae.Detection;
using Microsoft.Extensions.Logging;

namespace GpuVae.AspNetCore;

/// <summary>
/// The current detector of a file: the newest that could be read. A file that changes is read again, and what could not be read leaves
/// the detector of before. Safe for any number of threads at once.
/// </summary>
public sealed partial class AnomalyDetectorAccessor : IDisposable
{
    /// <summary>What a run's folder calls its detector.</summary>
    public const string FileName = "detector.gpuvae";

    private readonly ILogger<AnomalyDetectorAccessor> _logger;
    private readonly Lock _reload = new();
    private LoadedDetector? _current; // null when all is over
    private FileStamp _seen;

    /// <summary>Reads the detector.</summary>
    /// <param name="path">Its file, or a folder that holds one called <see cref="FileName"/>.</param>
    /// <param name="logger">Is told of later changes.</param>
    /// <exception cref="UserException">There is no such folder, or no detector in it.</exception>
    /// <exception cref="DetectorFileException">
    /// The file cannot be read, is damaged, holds something else, or is of a later version.
    /// </exception>
    public AnomalyDetectorAccessor(string path, ILogger<AnomalyDetectorAccessor> logger)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(logger);
        _logger = logger;
        FullPath = Find(path);
        _seen = FileStamp.Of(FullPath);
        _current = new LoadedDetector(AnomalyDetector.Load(FullPath), _seen);
    }

    /// <summary>The file.</summary>
    public string FullPath { get; }

    /// <summary>When the current detector was read.</summary>
    public DateTimeOffset LoadedAt
    {
        get
        {
            using AnomalyDetectorLease lease = Rent();
            return lease.Loaded.LoadedAt;
        }
    }

    /// <summary>Why the newest file is not the current detector, in a line; null where it is.</summary>
    public string? Failure { get; private set; }

    /// <summary>Is told of every attempt to read the file again, with whether it went well.</summary>
    internal event Action<bool>? Reloaded;

    /// <summary>The current detector, until the lease is disposed of.</summary>
    /// <exception cref="ObjectDisposedException">The accessor has been disposed of.</exception>
    public AnomalyDetectorLease Rent()
    {
        while (true)
        {
            LoadedDetector current = Volatile.Read(ref _current) ?? throw new ObjectDisposedException(nameof(AnomalyDetectorAccessor));
            // One that was replaced in between has no users any more; the next look finds another.
            if (current.TryEnter())
                return new AnomalyDetectorLease(current);
        }
    }

    /// <summary>
    /// Reads the file again where it has changed since it was last looked at. Requests that are under way end with the detector that
    /// they began with.
    /// </summary>
    /// <returns>Whether there is another detector now. One that could not be read is logged, and <see cref="Failure"/> says why.</returns>
    public bool ReloadIfChanged()
    {
        lock (_reload)
        {
            FileStamp stamp = FileStamp.Of(FullPath);
            if (stamp == _seen || Volatile.Read(ref _current) is null)
                return false;
            _seen = stamp;
            try
            {
                var loaded = new LoadedDetector(AnomalyDetector.Load(FullPath), stamp);
                LoadedDetector? before = Interlocked.Exchange(ref _current, loaded);
                before?.Leave();
                Failure = null;
                LogReloaded(_logger, FullPath, loaded.Detector.Columns.Count, loaded.Detector.Threshold);
                Reloaded?.Invoke(true);
                return true;
            }
            catch (Exception exception) when (exception is UserException or OutOfMemoryException)
            {
                Failure = exception.Message;
                LogFailure(_logger, exception.Message);
                Reloaded?.Invoke(false);
                return false;
            }
        }
    }

    /// <summary>Ends it; the detector ends with its last lease.</summary>
    public void Dispose()
    {
        lock (_reload)
            Interlocked.Exchange(ref _current, null)?.Leave();
    }

    /// <summary>Whether the file is another than the one that was looked at last.</summary>
    internal bool HasChanged(out FileStamp now)
    {
        now = FileStamp.Of(FullPath);
        lock (_reload)
            return now != _seen;
    }

    private static string Find(string path)
    {
        string full = Path.GetFullPath(path);
        if (!Directory.Exists(full))
            return full;
        string inside = Path.Combine(full, FileName);
        return File.Exists(inside)
            ? inside
            : throw new UserException($"{path}: a folder without {FileName}; give a folder that has one, or the file of a detector");
    }

    [LoggerMessage(1, LogLevel.Information, "{Path}: loaded again: {Columns} columns, threshold {Threshold}")]
    private static partial void LogReloaded(ILogger logger, string path, int columns, double threshold);

    [LoggerMessage(2, LogLevel.Error, "{Reason}; the detector of before goes on")]
    private static partial void LogFailure(ILogger logger, string reason);
}
