using System.Net;
using System.Text;
using System.Text.Json;
using GpuVae.CommandLine;
using GpuVae.Tests.CommandLine;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.AspNetCore.Tests;

/// <summary><c>gpuvae serve</c> as a process.</summary>
public sealed class ServeVerbTests
{
    [Theory]
    [InlineData("TERM", 15)]
    [InlineData("INT", 2)]
    public async Task Serves_a_file_says_where_and_ends_well_on_a_signal(string signal, int number)
    {
        Runner.RequireSignal(number);
        using var folder = new TemporaryFolder();
        Detectors.Numbers.Save(folder.File("model.gpuvae"));
        using Runner runner = Runner.Start(folder.FullPath, "serve", "model.gpuvae", "--port", "0");
        string address = "";
        runner.WaitFor(() => (address = runner.Output.Split(' ')[0]).StartsWith("http://127.0.0.1:", StringComparison.Ordinal));
        Assert.Contains("6 columns (current, torque, heat, noise, speed, load), threshold ", runner.Output, StringComparison.Ordinal);
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        using HttpResponseMessage answer = await client.PostAsync(
            new Uri("/score", UriKind.Relative), new StringContent("[1,2,3,4,5,6]", Encoding.UTF8, "application/json"),
            TestContext.Current.CancellationToken);
        JsonElement verdict = JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Detectors.Numbers.Score([1.0, 2, 3, 4, 5, 6]), verdict.GetProperty("score").GetDouble());
        runner.Signal(signal);
        Outcome outcome = runner.Wait();
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("", outcome.Error);
        Assert.Single(outcome.Output.TrimEnd().Split('\n'));
    }

    [Fact]
    public void What_cannot_be_served_is_one_line()
    {
        using var folder = new TemporaryFolder();
        Detectors.Numbers.Save(folder.File("model.gpuvae"));
        File.WriteAllText(folder.File("damaged.gpuvae"), "not a detector at all");
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string port = $"{((IPEndPoint)listener.LocalEndpoint).Port}";
        (string[] Arguments, int Code, string Reason)[] lines =
        [
            (["serve"], 2, "MODEL is missing"),
            (["serve", "none.gpuvae"], 1, "none.gpuvae"),
            (["serve", "damaged.gpuvae", "--port", "0"], 1, "damaged.gpuvae"),
            (["serve", "."], 1, "without detector.gpuvae"),
            (["serve", "model.gpuvae", "--port", "70000"], 2, "--port 70000"),
            (["serve", "model.gpuvae", "--rate", "0"], 2, "--rate 0"),
            (["serve", "model.gpuvae", "--host", "example.org"], 2, "--host example.org"),
            (["serve", "model.gpuvae", "--port", port], 1, "another program listens there"),
        ];
        foreach ((string[] arguments, int code, string reason) in lines)
        {
            Outcome outcome = Runner.Run(folder.FullPath, arguments);
            Assert.Contains(reason, outcome.ErrorLine, StringComparison.Ordinal);
            Assert.Equal(code, outcome.ExitCode);
            Assert.Equal("", outcome.Output);
        }
    }

    [Fact]
    public void Neither_the_environment_nor_a_settings_file_moves_it_off_this_machine()
    {
        Runner.RequireSignal(15);
        using var folder = new TemporaryFolder();
        Detectors.Numbers.Save(folder.File("model.gpuvae"));
        File.WriteAllText(folder.File("appsettings.json"), """{ "Urls": "http://0.0.0.0:0", "Kestrel": { "Endpoints": { "All": { "Url": "http://0.0.0.0:0" } } } }""");
        var environment = new Dictionary<string, string> { ["ASPNETCORE_URLS"] = "http://0.0.0.0:0", ["DOTNET_URLS"] = "http://0.0.0.0:0" };
        using Runner runner = Runner.Start(folder.FullPath, environment, "serve", "model.gpuvae", "--port", "0");
        runner.WaitFor(() => runner.Output.Length > 0);
        Assert.StartsWith("http://127.0.0.1:", runner.Output, StringComparison.Ordinal);
        runner.Signal("TERM");
        Assert.Equal(0, runner.Wait().ExitCode);
    }

    [Fact]
    public void The_web_servers_newest_version_that_goes_with_the_runtime_is_taken()
    {
        using var folder = new TemporaryFolder();
        foreach (string version in (string[])["9.0.20", "10.0.9", "10.0.12", "10.1.3", "11.0.0", "10.0.13-rc.1", "other"])
            Directory.CreateDirectory(folder.File(version));
        Assert.Equal(folder.File("10.0.12"), WebRuntime.Find(folder.FullPath, new Version(10, 0, 12)));
        Assert.Null(WebRuntime.Find(folder.FullPath, new Version(12, 0, 0)));
        Assert.Null(WebRuntime.Find(folder.File("none"), new Version(10, 0, 12)));
    }

    [Fact]
    public void Other_verbs_start_without_the_web_server()
    {
        string settings = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "gpuvae.runtimeconfig.json"));
        Assert.Contains("Microsoft.NETCore.App", settings, StringComparison.Ordinal);
        Assert.DoesNotContain("Microsoft.AspNetCore.App", settings, StringComparison.Ordinal);
    }
}
