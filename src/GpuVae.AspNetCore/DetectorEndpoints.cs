using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Threading.RateLimiting;
using GpuVae.Detection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GpuVae.AspNetCore;

/// <summary>
/// What the endpoints do. Each request has the detector that was current when its body had come, within limits of size, rate and
/// time; what is wrong with it comes back as a problem document. Safe for any number of threads at once.
/// </summary>
internal sealed partial class DetectorEndpoints : IDisposable
{
    private readonly AnomalyDetectorAccessor _accessor;
    private readonly AnomalyServiceOptions _options;
    private readonly DetectorMetrics _metrics;
    private readonly ILogger<DetectorEndpoints> _logger;
    private readonly PartitionedRateLimiter<IPAddress>? _limiter;

    /// <summary>Makes them.</summary>
    public DetectorEndpoints(
        AnomalyDetectorAccessor accessor, AnomalyServiceOptions options, DetectorMetrics metrics, ILogger<DetectorEndpoints> logger)
    {
        (_accessor, _options, _metrics, _logger) = (accessor, options, metrics, logger);
        if (options.RequestsPerSecond is int rate)
        {
            _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(
                client => RateLimitPartition.GetTokenBucketLimiter(client, _ => Bucket(rate)));
        }
    }

    private delegate void Answer(
        RequestBody body, HttpRequest request, LoadedDetector loaded, Utf8JsonWriter json, CancellationToken cancellation);

    /// <summary>The verdict of each row.</summary>
    public Task Score(HttpContext context) => AnswerAsync(context, "/score", (body, request, loaded, json, cancellation) =>
    {
        int anomalies = 0;
        Each(body.ReadRows(request, loaded, _options.MaxRows), json, row =>
        {
            AnomalyVerdict verdict = row.Judge(loaded.Detector);
            anomalies += verdict.IsAnomaly ? 1 : 0;
            Answers.Write(json, verdict);
        }, cancellation);
        _metrics.Found(anomalies);
    });

    /// <summary>The verdict of each row, and each column's part in it.</summary>
    public Task Explain(HttpContext context) => AnswerAsync(context, "/explain", (body, request, loaded, json, cancellation) =>
    {
        int anomalies = 0;
        Each(body.ReadRows(request, loaded, _options.MaxRows), json, row =>
        {
            AnomalyExplanation explanation = row.Explain(loaded.Detector);
            anomalies += explanation.Verdict.IsAnomaly ? 1 : 0;
            Answers.Write(json, explanation, loaded.Detector);
        }, cancellation);
        _metrics.Found(anomalies);
    });

    /// <summary>The code of each row.</summary>
    public Task Encode(HttpContext context) => AnswerAsync(context, "/encode", (body, request, loaded, json, cancellation) =>
        Each(
            body.ReadRows(request, loaded, _options.MaxRows), json, row => Answers.WriteCode(json, row.Encode(loaded.Detector)),
            cancellation));

    /// <summary>The row of each code.</summary>
    public Task Decode(HttpContext context) => AnswerAsync(context, "/decode", (body, request, loaded, json, cancellation) =>
    {
        (List<float[]> codes, bool isList) = body.ReadCodes(request, loaded, _options.MaxRows);
        if (isList)
            json.WriteStartArray();
        foreach (float[] code in codes)
        {
            cancellation.ThrowIfCancellationRequested();
            Answers.WriteRow(json, loaded.Detector.Decode(code));
        }
        if (isList)
            json.WriteEndArray();
    });

    /// <summary>Prometheus' text.</summary>
    public Task Metrics(HttpContext context) => WriteAsync(context, DetectorMetrics.ContentType, _metrics.Text());

    /// <summary>What can be asked for, of the current detector.</summary>
    public Task Describe(HttpContext context, string prefix)
    {
        using AnomalyDetectorLease lease = _accessor.Rent();
        return WriteAsync(context, "application/json", OpenApiText.Write(lease.Loaded, _options, prefix));
    }

    /// <summary>Says that a path takes another method.</summary>
    public static Task RefuseMethod(HttpContext context, string method)
    {
        context.Response.Headers.Allow = method;
        return Problem.WriteAsync(
            context, StatusCodes.Status405MethodNotAllowed, $"{context.Request.Method} {context.Request.Path}: this path takes {method}");
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter?.Dispose();

    private static void Each(GivenRows rows, Utf8JsonWriter json, Action<GivenRow> write, CancellationToken cancellation)
    {
        if (rows.IsList)
            json.WriteStartArray();
        rows.ForEach((row, _) => write(row), cancellation);
        if (rows.IsList)
            json.WriteEndArray();
    }

    private static Task WriteAsync(HttpContext context, string contentType, string text)
    {
        var body = new ArrayBufferWriter<byte>(text.Length + 1);
        Encoding.UTF8.GetBytes(text, body);
        return Problem.WriteAsync(context, contentType, body);
    }

    private static TokenBucketRateLimiterOptions Bucket(int rate) => new()
    {
        TokenLimit = rate,
        // Ten times a second, or as often as there is a token.
        TokensPerPeriod = Math.Max(1, rate / 10),
        ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(1, rate / 10) / (double)rate),
        AutoReplenishment = true,
        QueueLimit = 0,
    };

    private async Task AnswerAsync(HttpContext context, string path, Answer answer)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            await AnswerAsync(context, answer).ConfigureAwait(false);
        }
        catch (RequestException exception)
        {
            await Problem.WriteAsync(context, exception.Status, exception.Message, exception.Row, exception.Column)
                .ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception)
        {
            await Problem.WriteAsync(context, exception.StatusCode, exception.Message).ConfigureAwait(false);
        }
        catch (Exception exception) when (
            context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException)
        {
            // Nobody waits for the answer any more; this status is for the count alone.
            if (!context.Response.HasStarted)
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception exception)
        {
            LogFailure(_logger, path, exception);
            await Problem.WriteAsync(
                context, StatusCodes.Status500InternalServerError, "an error in the service itself; its log says more").ConfigureAwait(false);
        }
        finally
        {
            _metrics.Answered(path, context.Response.StatusCode, Stopwatch.GetElapsedTime(start));
        }
    }

    private async Task AnswerAsync(HttpContext context, Answer answer)
    {
        if (_limiter is not null)
        {
            using RateLimitLease permit = _limiter.AttemptAcquire(context.Connection.RemoteIpAddress ?? IPAddress.None);
            if (!permit.IsAcquired)
            {
                context.Response.Headers.RetryAfter = "1";
                throw new RequestException(
                    StatusCodes.Status429TooManyRequests,
                    FormattableString.Invariant($"more than {_options.RequestsPerSecond} requests in a second; send several rows in one"));
            }
        }
        using var time = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        time.CancelAfter(_options.RequestTimeout);
        string limit = _options.RequestTimeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        var output = new ArrayBufferWriter<byte>();
        RequestBody body;
        try
        {
            body = await RequestBody.ReadAsync(context.Request, _options.MaxBodyBytes, time.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new RequestException(StatusCodes.Status408RequestTimeout, $"the body did not come within {limit} s");
        }
        try
        {
            using AnomalyDetectorLease lease = _accessor.Rent();
            using var json = new Utf8JsonWriter(output, Answers.Format);
            answer(body, context.Request, lease.Loaded, json, time.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new RequestException(
                StatusCodes.Status503ServiceUnavailable, $"the rows were not done within {limit} s; send fewer in a request");
        }
        finally
        {
            body.Dispose();
        }
        await Problem.WriteAsync(context, "application/json", output).ConfigureAwait(false);
    }

    [LoggerMessage(4, LogLevel.Error, "{Path}: an error in the service itself")]
    private static partial void LogFailure(ILogger logger, string path, Exception exception);
}
