using System.Diagnostics;

namespace GpuVae.CommandLine;

/// <summary>
/// How far a long verb has come, on stderr, so that what it prints stays its own: a line that is overwritten in a
/// terminal, a new line now and then in a file. Nothing for what is soon over.
/// </summary>
/// <param name="total">What there is to do.</param>
/// <param name="what">What is counted: images, …</param>
internal sealed class ProgressLine(int total, string what) : IDisposable
{
    private const string ClearLine = "\r\e[K";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _terminalInterval = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan _pipeInterval = TimeSpan.FromSeconds(15);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _next = Terminal.IsErrorInteractive ? _patience : _pipeInterval;
    private TimeSpan _start;
    private bool _shown;

    /// <summary>Shows it where it is time to.</summary>
    /// <param name="done">Of the total; 0 where the work begins, or begins again: what came before says nothing of what is left.</param>
    public void Report(int done)
    {
        TimeSpan now = _clock.Elapsed;
        if (done == 0)
        {
            _start = now;
        }

        if (now < _next || done == 0 || done >= total)
        {
            return;
        }

        TimeSpan left = (now - _start) * ((double)(total - done) / done);
        string text = ReportText.Text($"{done:N0} of {total:N0} {what}, {ReportText.Duration(left)} left");
        if (Terminal.IsErrorInteractive)
        {
            Console.Error.Write(ClearLine + text);
            _shown = true;
        }
        else
        {
            Console.Error.WriteLine(text);
        }

        _next = now + (Terminal.IsErrorInteractive ? _terminalInterval : _pipeInterval);
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_shown)
        {
            Console.Error.Write(ClearLine);
        }
    }
}
