using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using GpuVae.Reports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GpuVae.AspNetCore;

/// <summary>
/// Serves a report to browsers on this machine: <c>GET /</c>, the page; <c>GET /state</c> and <c>GET /data</c>, which a page of a run
/// in training asks for; <c>POST /decode</c>, codes to pictures as numbers of single precision. It changes nothing.
/// </summary>
/// <remarks>
/// It listens on the loopback address alone. A page of somebody else that a browser on this machine shows cannot ask it: requests
/// have to be addressed to a name of this machine, and to come from the page itself.
/// </remarks>
public sealed class ReportServer : IAsyncDisposable
{
    /// <summary>Codes that one request decodes at most.</summary>
    public const int MostCodes = 1024;

    // A page asks each second while a training goes on: one that has not asked for so long is closed.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    private readonly IReportSource _source;
    private WebApplication? _application;
    private long _asked = long.MinValue;  // when a page asked last how far it is
    private volatile int _delivered = -1; // the newest version that a page has

    private ReportServer(IReportSource source) => _source = source;

    /// <summary>Where it listens: <c>http://127.0.0.1:41234</c>.</summary>
    public string Address => _application!.Urls.First();

    /// <summary>Begins to listen.</summary>
    /// <param name="source">What is served.</param>
    /// <param name="port">From 0, a free one, to 65535.</param>
    /// <param name="log">Is told what goes wrong, in a line, by any thread; null for nobody.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="UserException">Nobody may listen there; the message says why.</exception>
    public static async Task<ReportServer> StartAsync(
        IReportSource source, int port = 0, Action<string>? log = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        var server = new ReportServer(source);
        server._application = await Listener.StartAsync(
            new IPEndPoint(IPAddress.Loopback, port), _ => { }, server.Map, log, cancellation, _patience.Seconds).ConfigureAwait(false);
        return server;
    }

    /// <summary>
    /// Waits until a page that follows a training has what came last, three seconds at most, and ends when the requests under way are
    /// answered, or after three seconds more.
    /// </summary>
    /// <param name="cancellation">Ends it at once.</param>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        long begin = TimeProvider.System.GetTimestamp(), asked = Volatile.Read(ref _asked);
        bool isFollowed = asked != long.MinValue && TimeProvider.System.GetElapsedTime(asked, begin) < _patience;
        while (isFollowed && _source is { IsOver: true, Units: 0 } && _delivered < _source.Version
            && !cancellation.IsCancellationRequested && TimeProvider.System.GetElapsedTime(begin) < _patience)
        {
            await Task.Delay(50, CancellationToken.None).ConfigureAwait(false);
        }
        // Who reads or writes slowly is not waited for much longer.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_patience);
        await _application!.StopAsync(limit.Token).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Map(WebApplication application)
    {
        application.Use(Guard);
        application.UseRouting();
        application.MapGet("/", http => Answer(http, "text/html; charset=utf-8", _source.WritePage));
        application.MapGet("/data", async http =>
        {
            int version = _source.Version;
            await Answer(http, "application/json", _source.WriteData).ConfigureAwait(false);
            _delivered = Math.Max(_delivered, version);
        });
        application.MapGet("/state", http =>
        {
            Volatile.Write(ref _asked, TimeProvider.System.GetTimestamp());
            return Answer(http, "application/json", WriteState);
        });
        application.MapPost("/decode", Decode);
    }

    /// <summary>Answers none but pages of its own: a name that leads here (DNS rebinding) or another page's script has no say.</summary>
    private async Task Guard(HttpContext http, RequestDelegate next)
    {
        string host = http.Request.Host.Host;
        string? origin = http.Request.Headers.Origin;
        if (host is not "127.0.0.1" and not "localhost" || (origin is not null && origin != $"http://{http.Request.Host}"))
        {
            await Problem.WriteAsync(http, StatusCodes.Status403Forbidden, "this page is for browsers on this machine").ConfigureAwait(false);
            return;
        }
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.XFrameOptions = "DENY";
        http.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        try
        {
            await next(http).ConfigureAwait(false);
        }
        catch (RequestException exception)
        {
            await Problem.WriteAsync(http, exception.Status, exception.Message).ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception)
        {
            await Problem.WriteAsync(http, exception.StatusCode, exception.Message).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // Whoever asked has gone, or this program ends, or the body is none of HTTP.
            http.Abort();
        }
        catch (UserException exception)
        {
            await Problem.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, exception.Message).ConfigureAwait(false);
        }
    }

    private static async Task Answer(HttpContext http, string contentType, Action<Stream> write)
    {
        // The server takes nothing from writers that wait.
        using var body = new MemoryStream();
        write(body);
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), http.RequestAborted).ConfigureAwait(false);
    }

    private void WriteState(Stream stream)
    {
        // First whether it is over: what is read afterwards is the end then.
        bool isOver = _source.IsOver;
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteNumber("version", _source.Version);
        json.WriteString("status", _source.Status);
        json.WriteBoolean("over", isOver);
        json.WriteEndObject();
    }

    private async Task Decode(HttpContext http)
    {
        int bytes = _source.Units * sizeof(float);
        if (bytes == 0)
            throw RequestException.Bad("there is no model to decode with");
        using RequestBody body = await RequestBody.ReadAsync(http.Request, MostCodes * bytes, http.RequestAborted).ConfigureAwait(false);
        if (body.Bytes.Length == 0 || body.Bytes.Length % bytes != 0)
            throw RequestException.Bad(FormattableString.Invariant($"{body.Bytes.Length} bytes are no whole codes of {_source.Units} numbers of single precision"));
        float[] decoded = _source.Decode(MemoryMarshal.Cast<byte, float>(body.Bytes));
        await Answer(http, "application/octet-stream", stream => stream.Write(MemoryMarshal.AsBytes<float>(decoded))).ConfigureAwait(false);
    }
}
