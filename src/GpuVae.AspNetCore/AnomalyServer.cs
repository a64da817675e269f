using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace GpuVae.AspNetCore;

/// <summary>
/// A detector that answers requests on an address of this machine, and nothing beside: neither settings files nor environment variables
/// change where it listens. Safe for any number of threads at once.
/// </summary>
public sealed class AnomalyServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private AnomalyServer(WebApplication application) => _application = application;

    /// <summary>The current detector.</summary>
    public AnomalyDetectorAccessor Detector => _application.Services.GetRequiredService<AnomalyDetectorAccessor>();

    /// <summary>Where it listens: <c>http://127.0.0.1:5080</c>, with the port that the system chose where 0 was asked for.</summary>
    public string Address => _application.Urls.First();

    /// <summary>Reads a detector and begins to listen.</summary>
    /// <param name="path">Its file, or a folder that holds one called <see cref="AnomalyDetectorAccessor.FileName"/>.</param>
    /// <param name="address">
    /// Of this machine: <see cref="IPAddress.Loopback"/> for who is on it alone, <see cref="IPAddress.Any"/> for all.
    /// </param>
    /// <param name="port">From 0, a free one, to 65535.</param>
    /// <param name="configure">Changes the limits; null for the defaults.</param>
    /// <param name="log">
    /// Is told, in a line, what happens to the detector's file, and what goes wrong; any thread may call it. Null for nobody.
    /// </param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="UserException">The detector cannot be read, or nobody may listen there; the message says which.</exception>
    public static async Task<AnomalyServer> StartAsync(
        string path, IPAddress address, int port, Action<AnomalyServiceOptions>? configure = null,
        Action<string>? log = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        WebApplication application = await Listener.StartAsync(
            new IPEndPoint(address, port), builder => builder.Services.AddAnomalyDetector(path, configure),
            built =>
            {
                built.UseStatusCodePages(Refuse);
                built.UseRouting();
                built.MapAnomalyDetector();
            },
            log, cancellation).ConfigureAwait(false);
        return new AnomalyServer(application);
    }

    /// <summary>Takes no new requests, waits for those under way, and ends.</summary>
    /// <param name="cancellation">Ends them before their time.</param>
    public Task StopAsync(CancellationToken cancellation = default) => _application.StopAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static Task Refuse(StatusCodeContext context)
    {
        HttpContext http = context.HttpContext;
        return Problem.WriteAsync(http, http.Response.StatusCode, http.Response.StatusCode == StatusCodes.Status404NotFound
            ? $"there is no {JsonRows.Excerpt(http.Request.Path.Value ?? "")}; POST /score, /explain, /encode or /decode, "
                + "GET /health, /metrics or /openapi.json"
            : "the request cannot be answered");
    }
}
