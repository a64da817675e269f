using Microsoft.Extensions.Logging;

namespace GpuVae.AspNetCore;

/// <summary>Logs as lines: warnings and errors of everyone, and what the detector's file does.</summary>
internal sealed class LineLog : ILoggerProvider
{
    private readonly Action<string> _write;

    private LineLog(Action<string> write) => _write = write;

    /// <summary>Sends the logs there.</summary>
    public static void AddTo(ILoggingBuilder logging, Action<string> write)
    {
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("GpuVae", LogLevel.Information);
        // Why a start fails its exception says.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        logging.AddProvider(new LineLog(write));
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Lines(_write);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Lines(Action<string> write) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            write(exception is null ? formatter(state, exception) : $"{formatter(state, exception)}: {exception}");
    }
}
