using GpuVae.Data;

namespace GpuVae.CommandLine;

/// <summary>
/// Says on stderr how far a download is, so that what a verb prints stays its own: one line that moves in a terminal,
/// else a line for each file that is there.
/// </summary>
internal sealed class DownloadReport : IProgress<DownloadProgress>, IDisposable
{
    private const string ClearLine = "\r\e[2K";

    private bool _isLineOpen;

    /// <summary>Takes a line away that a failure has left unfinished.</summary>
    public void Dispose()
    {
        if (_isLineOpen)
        {
            Console.Error.Write(ClearLine);
        }
    }

    /// <inheritdoc/>
    public void Report(DownloadProgress value)
    {
        if (Silence.IncludesNotes)
            return;

        bool done = value.Bytes == value.File.Length;
        string text = ReportText.Text(
            $"{value.Set}: {value.File.Name}, {value.Bytes / 1e6:F1} of {value.File.Length / 1e6:F1} MB");
        if (Terminal.IsErrorInteractive)
        {
            Console.Error.Write(ClearLine + text + (done ? Environment.NewLine : ""));
            _isLineOpen = !done;
        }
        else if (done)
        {
            Console.Error.WriteLine(text);
        }
    }
}
