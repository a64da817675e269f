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
        JsonElement sitting = Assert.Single(Sittings());
        Assert.Equal(
            "gpuvae train --data tiny --device cpu --hidden 8 --latent 2 --batch 8 --epochs 1 --out run --train-labels 1,2,3,4",
            sitting.GetProperty("command").GetString());
        Assert.InRange(sitting.GetProperty("started").GetDateTime().ToUniversalTime(), before.AddSeconds(-1), DateTime.UtcNow);
        Assert.InRange(sitting.GetProperty("seconds").GetDouble(), 1e-3, 120);
        Assert.Equal("cpu", sitting.GetProperty("device").GetString());
        Assert.Equal(Environment.ProcessorCount, sitting.GetProperty("cores").GetInt32());
        foreach (string name in (string[])["device_description", "runtime", "operating_system", "processor", "gpuvae_version"])
            Assert.NotEmpty(sitting.GetProperty(name).GetString()!);
    }

    [Fact]
    public void A_run_that_goes_on_has_another_sitting_and_one_that_is_done_has_none()
    {
        Runner.Run(_workplace.Folder, _tiny);
        Runner.Run(_workplace.Folder, "train", "--resume", "run");
        Assert.Single(Sittings());
        Runner.Run(_workplace.Folder, "train", "--resume", "run", "--epochs", "2");
        JsonElement[] sittings = Sittings();
        Assert.Equal(2, sittings.Length);
        Assert.EndsWith("--out run", sittings[0].GetProperty("command").GetString(), StringComparison.Ordinal);
        Assert.Equal("gpuvae train --resume run --epochs 2", sittings[1].GetProperty("command").GetString());
        Assert.All(sittings, sitting => Assert.Equal(JsonValueKind.Number, sitting.GetProperty("seconds").ValueKind));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"sittings\": 3}")]
    [InlineData("{\"sittings\": [3, {\"started\": {}}]}")]
    public void A_file_that_is_no_environment_keeps_no_run_from_going_on(string text)
    {
        Runner.Run(_workplace.Folder, _tiny);
        File.WriteAllText(_workplace.In("run/environment.json"), text);
        Outcome outcome = Runner.Run(_workplace.Folder, "train", "--resume", "run", "--epochs", "2");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.EndsWith("--epochs 2", Sittings()[^1].GetProperty("command").GetString(), StringComparison.Ordinal);
    }

    public void Dispose() => _workplace.Dispose();

    private JsonElement[] Sittings()
    {
        JsonElement root = JsonElement.Parse(File.ReadAllText(_workplace.In("run/environment.json")));
        Assert.Equal(1, root.GetProperty("schema_version").GetInt32());
        return [.. root.GetProperty("sittings").EnumerateArray()];
    }
}
