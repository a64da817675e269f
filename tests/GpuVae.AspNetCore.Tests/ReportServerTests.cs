using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Reports;
using GpuVae.Runs;
using GpuVae.Tests.CommandLine;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.AspNetCore.Tests;

/// <summary>A report that is served: to whom, and what it answers.</summary>
public sealed class ReportServerTests : IDisposable
{
    private const int Columns = 9;

    private readonly TemporaryFolder _folder = new();
    private readonly IDevice _device = Device.Open("cpu");

    [Fact]
    public async Task The_model_decodes_for_the_page()
    {
        using TrainedModel trained = Train();
        using ExploredRun run = ExploredRun.Of(_device, trained, Data());
        await using ReportServer server = await ReportServer.StartAsync(run, cancellation: TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(server.Address) };
        string page = await client.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("connect-src 'self'", page, StringComparison.Ordinal);
        Assert.Contains("\"served\":\"explored\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("\"decoder\":", page, StringComparison.Ordinal);

        float[] codes = [0.5f, -1, 2, 0.25f];
        using HttpResponseMessage answer = await Post(client, MemoryMarshal.AsBytes<float>(codes).ToArray());
        byte[] body = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(run.Decode(codes), MemoryMarshal.Cast<byte, float>(body).ToArray());
        Assert.Equal(2 * Columns, body.Length / sizeof(float));
    }

    [Theory]
    [InlineData(0, HttpStatusCode.BadRequest)]
    [InlineData(7, HttpStatusCode.BadRequest)]
    [InlineData(12, HttpStatusCode.BadRequest)]
    [InlineData((ReportServer.MostCodes * 8) + 8, HttpStatusCode.RequestEntityTooLarge)]
    public async Task Bodies_that_are_no_codes_are_refused(int bytes, HttpStatusCode expected)
    {
        using TrainedModel trained = Train();
        using ExploredRun run = ExploredRun.Of(_device, trained, data: null);
        await using ReportServer server = await ReportServer.StartAsync(run, cancellation: TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(server.Address) };
        using HttpResponseMessage answer = await Post(client, new byte[bytes]);
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("example.org", null, HttpStatusCode.Forbidden)]
    [InlineData(null, "http://example.org", HttpStatusCode.Forbidden)]
    [InlineData(null, "null", HttpStatusCode.Forbidden)]
    [InlineData("localhost", null, HttpStatusCode.OK)]
    [InlineData(null, null, HttpStatusCode.OK)]
    public async Task None_but_its_own_page_may_ask(string? host, string? origin, HttpStatusCode expected)
    {
        await using ReportServer server = await ReportServer.StartAsync(
            new LiveRun { Folder = Folder() }, cancellation: TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(server.Address) };
        foreach (string path in (string[])["/", "/data", "/state"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
            request.Headers.Host = host is null ? null : $"{host}:{new Uri(server.Address).Port}";
            if (origin is not null)
                request.Headers.Add("Origin", origin);
            using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_training_is_followed_epoch_by_epoch()
    {
        RunFolder folder = Folder();
        var run = new LiveRun { Folder = folder };
        await using ReportServer server = await ReportServer.StartAsync(run, cancellation: TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(server.Address) };
        JsonElement before = await Json(client, "/state");
        Assert.False(before.GetProperty("over").GetBoolean());
        Assert.Equal(JsonValueKind.Array, (await Json(client, "/data")).GetProperty("runs").ValueKind);

        run.Started(new TrainingStart("cpu", "a processor", "3-2-3", 17, 6, 4, 2));
        run.Progress(new TrainingProgress(1, 3, 1, 2, 5.5, 1234, TimeSpan.FromSeconds(9)));
        Assert.Equal(
            "Epoch 1 of 3, step 1 of 2: training loss 5.50, 1,234 images/s, 9 s left",
            (await Json(client, "/state")).GetProperty("status").GetString());
        var metrics = new EpochMetrics(1, 5, 6, 4, 2, 1, 10) { UnitKl = [1.5f, 0.5f] };
        folder.Append(metrics);
        run.EpochEnded(metrics);
        JsonElement after = await Json(client, "/state");
        Assert.True(after.GetProperty("version").GetInt32() > before.GetProperty("version").GetInt32());
        JsonElement shown = (await Json(client, "/data")).GetProperty("runs")[0];
        Assert.Equal([1], shown.GetProperty("epochs").GetProperty("epoch").EnumerateArray().Select(epoch => epoch.GetInt32()));
        Assert.Equal([1.5, 0.5], shown.GetProperty("units").EnumerateArray().Select(unit => unit.GetProperty("kl").GetDouble()));
        Assert.Equal(("3-2-3", 17), (shown.GetProperty("model").GetString(), shown.GetProperty("parameters").GetInt32()));
        Assert.DoesNotContain("--resume", shown.GetProperty("verdict").ToString(), StringComparison.Ordinal);

        run.End("ended");
        Task stopping = server.StopAsync(TestContext.Current.CancellationToken);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.False(stopping.IsCompleted, "it did not wait for the page");
        JsonElement last = await Json(client, "/state");
        Assert.Equal((true, "ended"), (last.GetProperty("over").GetBoolean(), last.GetProperty("status").GetString()));
        _ = await Json(client, "/data");
        await stopping.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Who_only_asks_does_not_hold_the_end()
    {
        var run = new LiveRun { Folder = Folder() };
        await using ReportServer server = await ReportServer.StartAsync(run, cancellation: TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(server.Address) };
        _ = await Json(client, "/state");
        // It asks again and again how far the training is, and never for the data.
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task asker = Task.Run(
            async () =>
            {
                while (!asking.IsCancellationRequested)
                {
                    try
                    {
                        _ = await client.GetStringAsync(new Uri("/state", UriKind.Relative), asking.Token);
                    }
                    catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
                    {
                        return;
                    }
                }
            },
            TestContext.Current.CancellationToken);
        run.End("ended");
        var clock = Stopwatch.StartNew();
        await server.StopAsync(TestContext.Current.CancellationToken);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 12);
        await asking.CancelAsync();
        await asker;
    }

    [Fact]
    public async Task A_slow_body_does_not_hold_the_end()
    {
        using TrainedModel trained = Train();
        using ExploredRun run = ExploredRun.Of(_device, trained, data: null);
        List<string> log = [];
        await using ReportServer server = await ReportServer.StartAsync(run, 0, log.Add, TestContext.Current.CancellationToken);
        using var slow = new TcpClient();
        await slow.ConnectAsync(IPAddress.Loopback, new Uri(server.Address).Port, TestContext.Current.CancellationToken);
        await slow.GetStream().WriteAsync(
            "POST /decode HTTP/1.1\r\nHost: localhost\r\nContent-Length: 800\r\n\r\n1"u8.ToArray(), TestContext.Current.CancellationToken);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        var clock = Stopwatch.StartNew();
        await server.StopAsync(TestContext.Current.CancellationToken);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 12);
        Assert.Empty(log);
    }

    [Theory]
    [InlineData("zz\r\n")]
    [InlineData("FFFFFFFFFFFFFFFF\r\nx")]
    public async Task A_body_that_is_none_is_refused_and_nothing_is_logged(string chunk)
    {
        using TrainedModel trained = Train();
        using ExploredRun run = ExploredRun.Of(_device, trained, data: null);
        List<string> log = [];
        await using ReportServer server = await ReportServer.StartAsync(run, 0, log.Add, TestContext.Current.CancellationToken);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(server.Address).Port, TestContext.Current.CancellationToken);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST /decode HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"),
            TestContext.Current.CancellationToken);
        client.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(stream);
        string answer;
        try
        {
            answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            answer = "";
        }
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal), answer);
        Assert.Empty(log);
    }

    [Fact]
    public async Task Explore_and_train_live_say_where_they_serve()
    {
        Runner.RequireSignal(15);
        WriteTable();
        using Runner training = Runner.Start(
            _folder.FullPath, "train", "--data", "t.csv", "--hidden", "4", "--latent", "2", "--epochs", "100000", "--device", "cpu",
            "--pictures", "none", "--out", "run", "--live");
        string address = Address(training, "shows the training");
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        JsonElement state = await Json(client, "/state");
        training.WaitFor(() => Json(client, "/state").Result.GetProperty("version").GetInt32() > state.GetProperty("version").GetInt32() + 2);
        Assert.Contains("\"served\":\"training\"", await client.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        training.Signal("TERM");
        Assert.Equal(143, training.Wait().ExitCode);

        using Runner explorer = Runner.Start(_folder.FullPath, "explore", "run", "--device", "cpu");
        using var visitor = new HttpClient { BaseAddress = new Uri(Address(explorer, "shows run")) };
        Assert.Contains("\"served\":\"explored\"", await visitor.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        explorer.Signal("TERM");
        Outcome outcome = explorer.Wait();
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }

    [Theory]
    [InlineData("explore", "--port", "70000")]
    [InlineData("train", "--live", "-1")]
    public void A_port_that_is_none_is_refused(string verb, string option, string port)
    {
        Outcome outcome = Runner.Run(_folder.FullPath, verb, option, port);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains($"{option} {port}: not a port", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    /// <summary>A model with two units, trained for an epoch on rows.</summary>
    private TrainedModel Train()
    {
        Dataset data = Data();
        RunConfiguration configuration = RunConfiguration.FromPreset("ae") with { Hidden = [4], Latent = 2, Epochs = 1, Likelihood = "gaussian", Pictures = "none" };
        RunFolder folder = RunFolder.Create(_folder.File("trained"), configuration.Preset, data.Name, configuration.WriteJson);
        TrainingRun.Execute(configuration, data, _device, folder.FullPath, new TrainingObservers(), TestContext.Current.CancellationToken);
        return TrainedModel.Open(folder.FullPath, _device);
    }

    private RunFolder Folder()
    {
        RunConfiguration configuration = RunConfiguration.FromPreset("vae") with { Epochs = 3 };
        return RunFolder.Create(_folder.File("new"), configuration.Preset, "data", configuration.WriteJson);
    }

    private Dataset Data()
    {
        WriteTable();
        return Datasets.Open(_folder.File("t.csv"));
    }

    private void WriteTable() => File.WriteAllLines(
        _folder.File("t.csv"),
        Enumerable.Range(0, 40).Select(row => string.Join(',', Enumerable.Range(0, Columns).Select(column => (row * (column + 3)) % 7))));

    private static string Address(Runner runner, string says)
    {
        string line = "";
        runner.WaitFor(() => (line = runner.Output.Split('\n').FirstOrDefault(each => each.Contains(says, StringComparison.Ordinal)) ?? "").Length > 0);
        Assert.StartsWith("http://127.0.0.1:", line, StringComparison.Ordinal);
        return line.Split(' ')[0];
    }

    private static async Task<JsonElement> Json(HttpClient client, string path) =>
        JsonElement.Parse(await client.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken));

    private static async Task<HttpResponseMessage> Post(HttpClient client, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        return await client.PostAsync(new Uri("/decode", UriKind.Relative), content, TestContext.Current.CancellationToken);
    }
}
