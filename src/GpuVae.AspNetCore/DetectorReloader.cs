using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GpuVae.AspNetCore;

/// <summary>
/// Watches the detector's file while the service runs: the system tells of changes where it can, and a look now and then finds the
/// others. A file is read once it has been the same for a while.
/// </summary>
/// <param name="accessor">What reads it; made before the service takes requests, so that a damaged file ends the start.</param>
/// <param name="options">How often it looks.</param>
/// <param name="logger">Is told where the system cannot watch.</param>
internal sealed partial class DetectorReloader(
    AnomalyDetectorAccessor accessor, AnomalyServiceOptions options, ILogger<DetectorReloader> logger) : BackgroundService
{
    private readonly SemaphoreSlim _changed = new(0, 1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.PollInterval == TimeSpan.Zero)
            return;
        using FileSystemWatcher? watcher = Watch();
        try
        {
            while (true)
            {
                await _changed.WaitAsync(options.PollInterval, stoppingToken).ConfigureAwait(false);
                if (!accessor.HasChanged(out FileStamp stamp))
                    continue;
                await Settle(stamp, stoppingToken).ConfigureAwait(false);
                Reload();
            }
        }
        catch (OperationCanceledException)
        {
            // The service ends.
        }
    }

    // An error that nobody foresaw would else end the service.
    private void Reload()
    {
        try
        {
            accessor.ReloadIfChanged();
        }
        catch (Exception exception)
        {
            LogError(logger, accessor.FullPath, exception);
        }
    }

    /// <summary>Waits until the file stays as it is.</summary>
    private async Task Settle(FileStamp stamp, CancellationToken stoppingToken)
    {
        FileStamp before;
        do
        {
            before = stamp;
            await Task.Delay(options.SettleTime, stoppingToken).ConfigureAwait(false);
            stamp = FileStamp.Of(accessor.FullPath);
        }
        while (stamp != before);
    }

    private FileSystemWatcher? Watch()
    {
        try
        {
            var watcher = new FileSystemWatcher(Path.GetDirectoryName(accessor.FullPath)!, Path.GetFileName(accessor.FullPath))
            {
                NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.FileName,
            };
            watcher.Changed += Wake;
            watcher.Created += Wake;
            watcher.Renamed += Wake;
            // A file that is gone does not end the service, and its health says so.
            watcher.Deleted += Wake;
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Systems have a limit of folders that are watched. Looking now and then is enough.
            LogNotWatched(logger, accessor.FullPath, exception.Message);
            return null;
        }
    }

    private void Wake(object sender, FileSystemEventArgs change)
    {
        try
        {
            if (_changed.CurrentCount == 0)
                _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Two changes at once: one wakes as well as two.
        }
    }

    [LoggerMessage(3, LogLevel.Information, "{Path}: the system does not tell of its changes ({Reason}); it is looked at now and then")]
    private static partial void LogNotWatched(ILogger logger, string path, string reason);

    [LoggerMessage(5, LogLevel.Error, "{Path}: an error in reading it again; the detector of before goes on")]
    private static partial void LogError(ILogger logger, string path, Exception exception);
}
