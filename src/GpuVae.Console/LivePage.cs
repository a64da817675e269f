using GpuVae.AspNetCore;
using GpuVae.Reports;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>The page of a run while it is trained. A class of its own, so that only <c>train --live</c> loads the web server.</summary>
internal sealed class LivePage : IDisposable
{
    private readonly LiveRun _run;
    private readonly ReportServer _server;

    private LivePage(LiveRun run, ReportServer server)
    {
        _run = run;
        _server = server;
    }

    /// <summary>Begins to listen, before there is a run: where nobody may, none is made.</summary>
    /// <exception cref="UserException">Nobody may listen there, or the web server is not installed.</exception>
    public static LivePage Start(int port)
    {
        var run = new LiveRun();
        return new LivePage(run, ReportServer.StartAsync(run, port, Failure.WriteLine).GetAwaiter().GetResult());
    }

    /// <summary>Shows a run from now on, and says where.</summary>
    public void Show(RunFolder folder)
    {
        _run.Folder = folder;
        Console.Out.WriteLine($"{_server.Address} shows the training");
        Console.Out.Flush();
    }

    /// <summary>What is told how the training goes.</summary>
    public ITrainingObserver Observer => _run;

    /// <summary>Waits a moment for who looks on, and ends.</summary>
    /// <param name="status">What came of the training.</param>
    /// <param name="cancellation">Ends it at once.</param>
    public void End(string status, CancellationToken cancellation)
    {
        _run.End(status);
        _server.StopAsync(cancellation).GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose() => _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
