using System.CommandLine;
using System.Runtime.CompilerServices;
using GpuVae.AspNetCore;
using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Reports;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae explore</c>: the page of a run, served with the model itself as its decoder.</summary>
internal sealed class ExploreCommand : RunVerb
{
    private static readonly Option<int?> _port = OptionValue.Port("--port", "N", "Port to listen on. Default: 0, a free one.");

    /// <summary>The verb.</summary>
    public ExploreCommand()
        : base(
            "explore",
            "Serves the page of a run, with the model as its decoder.",
            "Serves the page that gpuvae report writes to browsers on this machine, and decodes for it with the whole model: also where "
            + "that is too large for a file. It changes nothing. Ctrl-C ends it.",
            RunNeeds.Data, output: null, [new OptionGroup("Address", [_port])])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae explore", "The newest run, at an address that it prints."),
        new("gpuvae explore runs/faces --port 8080", "A run at http://127.0.0.1:8080."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int port = line.GetValue(_port) ?? 0;
        WebRuntime.Provide(Name);
        using var stop = new StopSignal();
        using OpenedRun run = Open(line);
        Dataset? data = ReportCommand.Find(run, HasOtherData(line));
        RunDetection? detection = ReportedDetection.Find(run, data, HasOtherData(line) ? run.DataSource : null);
        using AnomalyDetector? detector = detection?.Detector;
        using ExploredRun explored = ExploredRun.Of(run.Device, run.Trained, data, isOwn: !HasOtherData(line), detection);
        Serve(explored, run.Trained.Folder.FullPath, port, stop);
        return ExitCode.Done;
    }

    // Of its own, so that no other verb loads the web server.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Serve(ExploredRun explored, string folder, int port, StopSignal stop)
    {
        ReportServer server = ReportServer.StartAsync(explored, port, Failure.WriteLine).GetAwaiter().GetResult();
        try
        {
            Console.Out.WriteLine($"{server.Address} shows {folder}; Ctrl-C ends it");
            Console.Out.Flush();
            stop.Wait();
            server.StopAsync().GetAwaiter().GetResult();
        }
        finally
        {
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
