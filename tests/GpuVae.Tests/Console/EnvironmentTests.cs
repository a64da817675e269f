using System.Text.Json;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary><c>environment.json</c>: where and when a run was trained.</summary>
public sealed class EnvironmentTests : IDisposable
{
    private static readonly string[] _tiny =
        ["train", "--data", "tiny", "--device", "cpu", "--hidden", "8", "--latent", "2", "--batch", "8", "--epochs", "1", "--out", "run"];

    private readonly Workplace _workplace = new();

    [Fact]
    public void A_run_says_where_when_and_by_which_command_it_was_trained()
    {
        DateTime before = DateTime.UtcNow;
        Outcome outcome = Runner.Run(_workplace.Folder, [.. _tiny, "--train-labels", "1,2,3,4"]);
        Assert.Contains("\n  environment.json\n", outcome.Output, StringComparison.Ordinal);
        JsonElement invocation = Assert.Single(Invocations());
        Assert.Equal(
            "gpuvae train --data tiny --device cpu --hidden 8 --latent 2 --batch 8 --epochs 1 --out run --train-labels 1,2,3,4",
            invocation.GetProperty("command").GetString());
        Assert.InRange(invocation.GetProperty("started").GetDateTime().ToUniversalTime(), before.AddSeconds(-1), DateTime.UtcNow);
        Assert.InRange(invocation.GetProperty("seconds").GetDouble(), 1e-3, 120);
        Assert.Equal("cpu", invocation.GetProperty("device").GetString());
        Assert.Equal(Environment.ProcessorCount, invocation.GetProperty("cores").GetInt32());
        foreach (string name in (string[])["device_description", "runtime", "operating_system", "processor", "gpuvae_version"])
            Assert.NotEmpty(invocation.GetProperty(name).GetString()!);
    }

    [Fact]
    public void A_run_that_goes_on_has_another_invocation_and_one_that_is_done_has_none()
    {
        Runner.Run(_workplace.Folder, _tiny);
        Runner.Run(_workplace.Folder, "train", "--resume", "run");
        Assert.Single(Invocations());
        Runner.Run(_workplace.Folder, "train", "--resume", "run", "--epochs", "2");
        JsonElement[] invocations = Invocations();
        Assert.Equal(2, invocations.Length);
        Assert.EndsWith("--out run", invocations[0].GetProperty("command").GetString(), StringComparison.Ordinal);
        Assert.Equal("gpuvae train --resume run --epochs 2", invocations[1].GetProperty("command").GetString());
        Assert.All(invocations, invocation => Assert.Equal(JsonValueKind.Number, invocation.GetProperty("seconds").ValueKind));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"invocations\": 3}")]
    [InlineData("{\"invocations\": [3, {\"started\": {}}]}")]
    public void A_file_that_is_no_environment_keeps_no_run_from_going_on(string text)
    {
        Runner.Run(_workplace.Folder, _tiny);
        File.WriteAllText(_workplace.In("run/environment.json"), text);
        Outcome outcome = Runner.Run(_workplace.Folder, "train", "--resume", "run", "--epochs", "2");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.EndsWith("--epochs 2", Invocations()[^1].GetProperty("command").GetString(), StringComparison.Ordinal);
    }

    public void Dispose() => _workplace.Dispose();

    private JsonElement[] Invocations()
    {
        JsonElement root = JsonElement.Parse(File.ReadAllText(_workplace.In("run/environment.json")));
        Assert.Equal(1, root.GetProperty("schema_version").GetInt32());
        return [.. root.GetProperty("invocations").EnumerateArray()];
    }
}
