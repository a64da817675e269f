using System.CommandLine;
using System.Net;
using System.Runtime.CompilerServices;
using GpuVae.AspNetCore;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae serve</c>: a detector that answers requests over HTTP, on this machine unless told otherwise.</summary>
internal sealed class ServeCommand : Verb
{
    private const int DefaultPort = 5080;

    private readonly Argument<string> _model;
    private readonly Option<int?> _port;
    private readonly Option<string> _host;
    private readonly Option<int?> _rate;

    /// <summary>The verb.</summary>
    public ServeCommand()
        : this(
            new Argument<string>("MODEL")
            {
                Description = "File of a detector, or a folder that holds one called detector.gpuvae.",
            },
            OptionValue.Port("--port", "N", $"Port to listen on; 0 takes a free one. Default: {DefaultPort}."),
            new Option<string>("--host")
            {
                HelpName = "ADDRESS",
                DefaultValueFactory = _ => "127.0.0.1",
                Description = "Address of this machine to listen on. Default: 127.0.0.1, which only this machine reaches; "
                    + "0.0.0.0 listens on all that it has, without encryption and for everyone.",
            },
            new Option<int?>("--rate")
            {
                HelpName = "N",
                Description = "Requests per second that an address may send before it gets 429. Default: no limit.",
            })
    {
    }

    private ServeCommand(Argument<string> model, Option<int?> port, Option<string> host, Option<int?> rate)
        : base(
            "serve",
            "Serves an anomaly detector over HTTP.",
            "Answers requests over HTTP: POST /score, /explain, /encode and /decode with rows as JSON, CSV or PNG, GET /health, /metrics "
            + "for Prometheus, and /openapi.json, which describes them. The file is read again when it changes. Ctrl-C ends it when the "
            + "requests under way are answered.",
            [new OptionGroup("Address", [port, host, rate])])
    {
        (_model, _port, _host, _rate) = (model, port, host, rate);
        Add(model);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae serve model.gpuvae", "Serves a detector on http://127.0.0.1:5080."),
        new("curl -H 'Content-Type: application/json' -d '[0.1, 0.2, 0.3]' localhost:5080/score", "Scores a row of three columns."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int port = line.GetValue(_port) ?? DefaultPort;
        int? rate = line.GetValue(_rate);
        if (rate <= 0)
        {
            throw new UsageException($"--rate {rate}: not above 0; give how many requests per second an address may send");
        }

        IPAddress address = Address(line.GetValue(_host)!);
        TellIfStale(line.GetValue(_model)!);
        WebRuntime.Provide(Name);
        return Serve(line.GetValue(_model)!, address, port, rate);
    }

    private static IPAddress Address(string host) =>
        host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(host, out IPAddress? address) ? address
        : throw new UsageException(
            $"--host {host}: not an address; give one of this machine, such as 127.0.0.1, or 0.0.0.0 for all that it has");

    /// <summary>Tells where a run's detector has not its last weights. A run that cannot be opened is none to compare with.</summary>
    private static void TellIfStale(string model)
    {
        try
        {
            if (Directory.Exists(model) && File.Exists(RunFolder.Open(model).DetectorPath))
            {
                using IDevice device = Device.Open("cpu");
                using var trained = TrainedModel.Open(model, device, capacity: 1, weights: WeightsChoice.Last);
                _ = RunDetector.IsFresh(device, trained, "it is served as it is");
            }
        }
        catch (UserException)
        {
            // The detector itself says what is wrong with it.
        }
    }

    // Of its own, so that no other verb loads the web server.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Serve(string model, IPAddress address, int port, int? rate)
    {
        using var stop = new StopSignal();
        AnomalyServer server = AnomalyServer.StartAsync(
            model, address, port, options => options.RequestsPerSecond = rate, Failure.WriteLine).GetAwaiter().GetResult();
        try
        {
            using (AnomalyDetectorLease lease = server.Detector.Rent())
            {
                Console.Out.WriteLine($"{server.Address} serves {model}: {Describe(lease.Detector)}; Ctrl-C ends it");
            }

            Console.Out.Flush();
            stop.Wait();
            server.StopAsync().GetAwaiter().GetResult();
        }
        finally
        {
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        return ExitCode.Done;
    }

    private static string Describe(AnomalyDetector detector)
    {
        const int Most = 6;
        string columns = detector.Height > 1
            ? ReportText.Text($"pictures of {detector.Height}×{detector.Width}×{detector.Channels}")
            : ReportText.Text($"{detector.Columns.Count} columns");
        string names = !detector.HasColumnNames
            ? ""
            : $" ({string.Join(", ", detector.Columns.Take(Most).Select(column => column.Name))}"
                + (detector.Columns.Count > Most ? ", …)" : ")");
        return columns + names + ReportText.Text($", threshold {detector.Threshold:G6}");
    }
}
