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

    /// <summary>Begins to serve, and says where.</summary>
    /// <exception cref="UserException">Nobody may listen there, or the web server is not installed.</exception>
    public static LivePage Start(RunFolder folder, int port)
    {
        var run = new LiveRun(folder);
        ReportServer server = ReportServer.StartAsync(run, port, Failure.WriteLine).GetAwaiter().GetResult();
        Console.Out.WriteLine($"{server.Address} shows the training");
        Console.Out.Flush();
        return new LivePage(run, server);
    }

    /// <summary>Tells the page all that an observer is told.</summary>
    public ITrainingObserver Over(ITrainingObserver inner) => _run.Over(inner);

    /// <summary>Waits a moment for who looks on, and ends.</summary>
    /// <param name="status">What came of the training.</param>
    public void End(string status)
    {
        _run.End(status);
        _server.StopAsync().GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose() => _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
