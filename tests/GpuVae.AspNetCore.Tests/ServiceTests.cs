using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using GpuVae.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace GpuVae.AspNetCore.Tests;

/// <summary>What stands around the answers: limits, metrics, the description, and an application of one's own.</summary>
public sealed class ServiceTests
{
    private const string Row = "[1,2,3,4,5,6]";

    [Fact]
    public async Task More_requests_in_a_second_than_may_be_get_429()
    {
        await using Service service = await Service.Start(Detectors.Numbers, options => options.RequestsPerSecond = 2);
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => service.Post("/score", Row)));
        HttpResponseMessage[] refused = [.. answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests)];
        Assert.Equal(answers.Length, refused.Length + answers.Count(answer => answer.IsSuccessStatusCode));
        Assert.NotEqual(0, answers.Length - refused.Length);
        Assert.NotEmpty(refused);
        Assert.Equal("1", refused[0].Headers.RetryAfter?.ToString());
        await BadInputTests.RequireProblem(refused[0], "more than 2 requests in a second");
        // Whether it lives may always be asked.
        Assert.Contains("Healthy", await service.Get("/health"), StringComparison.Ordinal);
        Assert.Contains("status=\"429\"", await service.Get("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_does_not_come_gets_408()
    {
        await using Service service = await Service.Start(
            Detectors.Numbers, options => options.RequestTimeout = TimeSpan.FromMilliseconds(300));
        using TcpClient client = await Begin(service, "Content-Length: 20\r\n\r\n[1,2");
        NetworkStream stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.UTF8);
        Assert.Equal("HTTP/1.1 408 Request Timeout", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Rows_that_take_too_long_get_503()
    {
        const int Rows = 300_000; // a second or so, of which the body's way is a small part
        await using Service service = await Service.Start(Detectors.Numbers, options =>
        {
            options.RequestTimeout = TimeSpan.FromMilliseconds(100);
            options.MaxRows = Rows;
        });
        using HttpResponseMessage answer = await service.Post("/score", $"[{string.Join(',', Enumerable.Repeat(Row, Rows))}]");
        // On a machine that is busy the body may not have come by then.
        Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.ServiceUnavailable, HttpStatusCode.RequestTimeout]);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("0.1 s", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_count_requests_by_path_and_status_and_their_time()
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        for (int i = 0; i < 3; i++)
            await service.Ask("/score", $"[{Row},[1,2,null,4,5,6]]");
        using HttpResponseMessage bad = await service.Post("/score", "[1]");
        using HttpResponseMessage answer = await service.Client.GetAsync(
            new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        string[] lines = text.Split('\n');
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.Contains("gpuvae_http_requests_total{path=\"/score\",status=\"200\"} 3", lines);
        Assert.Contains("gpuvae_http_requests_total{path=\"/score\",status=\"400\"} 1", lines);
        Assert.Contains("gpuvae_http_request_duration_seconds_bucket{path=\"/score\",le=\"+Inf\"} 4", lines);
        Assert.Contains("gpuvae_http_request_duration_seconds_count{path=\"/score\"} 4", lines);
        int anomalies = 3 + (Detectors.Numbers.Verdict([1.0, 2, 3, 4, 5, 6]).IsAnomaly ? 3 : 0);
        Assert.Contains($"gpuvae_http_anomalies_total {anomalies}", lines);
        Assert.Contains("gpuvae_detector_columns 6", lines);
        // Rows of the whole process, in which other tests score too.
        string rows = Assert.Single(lines, line => line.StartsWith("gpuvae_detector_rows_total ", StringComparison.Ordinal));
        Assert.True(long.Parse(rows.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) >= 6, rows);
        RequireFormat(lines);
    }

    [Fact]
    public async Task The_description_has_every_path_and_the_detectors_columns()
    {
        await using Service service = await Service.Start(Detectors.Words);
        JsonElement document = JsonElement.Parse(await service.Get("/openapi.json"));
        Assert.Equal("3.1.0", document.GetProperty("openapi").GetString());
        Assert.Equal(
            ["/score", "/explain", "/encode", "/decode", "/health", "/metrics", "/openapi.json"],
            document.GetProperty("paths").EnumerateObject().Select(path => path.Name));
        JsonElement schemas = document.GetProperty("components").GetProperty("schemas");
        JsonElement named = schemas.GetProperty("Row").GetProperty("anyOf")[1];
        Assert.Equal(["heat", "mode"], named.GetProperty("properties").EnumerateObject().Select(column => column.Name));
        Assert.Equal("number", named.GetProperty("properties").GetProperty("heat").GetProperty("type")[0].GetString());
        Assert.Contains(
            "boost, \"high\"",
            named.GetProperty("properties").GetProperty("mode").GetProperty("examples").EnumerateArray().Select(word => word.GetString()));
        Assert.All(
            References(document),
            reference => Assert.True(schemas.TryGetProperty(reference["#/components/schemas/".Length..], out _), reference));
        Assert.NotEmpty(References(document));
        await using Service pictures = await Service.Start(Detectors.Pictures);
        Assert.Contains("image/png", await pictures.Get("/openapi.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_of_ones_own_has_the_detector_under_a_prefix_and_in_its_handlers()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("model.gpuvae");
        Detectors.Numbers.Save(file);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddAnomalyDetector(file);
        await using WebApplication app = builder.Build();
        app.MapAnomalyDetector("/anomalies");
        app.MapGet("/mine", (AnomalyDetectorLease lease) => lease.Detector.Score([1.0, 2, 3, 4, 5, 6]));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        double expected = Detectors.Numbers.Score([1.0, 2, 3, 4, 5, 6]);
        Assert.Equal(expected, JsonElement.Parse(await client.GetStringAsync(new Uri("/mine", UriKind.Relative), TestContext.Current.CancellationToken)).GetDouble());
        using HttpResponseMessage answer = await client.PostAsync(
            new Uri("/anomalies/score", UriKind.Relative), new StringContent(Row, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(
            expected,
            JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("score").GetDouble());
        JsonElement document = JsonElement.Parse(await client.GetStringAsync(
            new Uri("/anomalies/openapi.json", UriKind.Relative), TestContext.Current.CancellationToken));
        Assert.True(document.GetProperty("paths").TryGetProperty("/anomalies/score", out _));
        HealthReport health = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Healthy, health.Entries["anomaly-detector"].Status);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_while_the_application_is_built()
    {
        var services = new ServiceCollection();
        Assert.Throws<ArgumentOutOfRangeException>(() => services.AddAnomalyDetector("x", options => options.MaxRows = 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => services.AddAnomalyDetector("x", options => options.MaxBodyBytes = -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => services.AddAnomalyDetector("x", options => options.RequestsPerSecond = 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => services.AddAnomalyDetector("x", options => options.RequestTimeout = TimeSpan.Zero));
        await using WebApplication app = WebApplication.CreateSlimBuilder().Build();
        Assert.Throws<InvalidOperationException>(() => app.MapAnomalyDetector());
    }

    [Fact]
    public async Task A_place_that_is_taken_is_named_in_one_line()
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        int port = new Uri(service.Server.Address).Port;
        UserException taken = await Assert.ThrowsAsync<UserException>(
            () => AnomalyServer.StartAsync(service.File, IPAddress.Loopback, port, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal($"127.0.0.1:{port}: another program listens there; choose another port", taken.Message);
        UserException elsewhere = await Assert.ThrowsAsync<UserException>(
            () => AnomalyServer.StartAsync(service.File, IPAddress.Parse("192.0.2.1"), 0, cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("is no address of this machine", elsewhere.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_waits_for_requests_under_way()
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        using TcpClient client = await Begin(service, "Expect: 100-continue\r\nContent-Length: 13\r\n\r\n");
        NetworkStream stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // The server asks for the body: the request is under way.
        Assert.Equal("HTTP/1.1 100 Continue", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        Task stopping = service.Server.StopAsync(TestContext.Current.CancellationToken);
        Assert.False(stopping.IsCompleted);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Row), TestContext.Current.CancellationToken);
        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        string rest = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\"score\":", rest, StringComparison.Ordinal);
        await stopping;
    }

    /// <summary>Every line is a comment, or a name with labels and a number.</summary>
    private static void RequireFormat(string[] lines) => Assert.All(
        lines.SkipLast(1),
        line => Assert.Matches(@"^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+=""[^""]*""(,[a-z]+=""[^""]*"")*\})? (\+Inf|[-0-9.E+]+))$", line));

    private static List<string> References(JsonElement element)
    {
        List<string> found = [];
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
                found.AddRange(property.Name == "$ref" ? [property.Value.GetString()!] : References(property.Value));
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
                found.AddRange(References(item));
        }
        return found;
    }

    /// <summary>A request for a score of which no more is sent than this.</summary>
    private static async Task<TcpClient> Begin(Service service, string rest)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(service.Server.Address).Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes("POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + rest),
            TestContext.Current.CancellationToken);
        return client;
    }
}
