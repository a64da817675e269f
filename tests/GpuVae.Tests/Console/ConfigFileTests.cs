using System.Text.Json;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Settings of a run that stand in a file.</summary>
public sealed class ConfigFileTests : IDisposable
{
    private readonly Workplace _workplace = new();

    [Fact]
    public void Configuration_of_a_run_gives_the_same_run_again()
    {
        Train("first", "--data", "tiny", "--hidden", "8", "--latent", "2", "--epochs", "2", "--batch", "8", "--likelihood", "laplace", "--sigma", "learned");
        Train("again", "--config", "first/config.json");
        Assert.Equal(
            File.ReadAllBytes(_workplace.In("first/checkpoint.safetensors")),
            File.ReadAllBytes(_workplace.In("again/checkpoint.safetensors")));

        // From another folder, where its data are no longer found by their name.
        Directory.CreateDirectory(_workplace.In("elsewhere"));
        Outcome outcome = Runner.Run(
            _workplace.In("elsewhere"), "train", "--config", "../first/config.json", "--device", "cpu", "--out", "run");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(
            File.ReadAllBytes(_workplace.In("first/best.safetensors")),
            File.ReadAllBytes(_workplace.In("elsewhere/run/best.safetensors")));
    }

    [Fact]
    public void Options_win_over_the_file()
    {
        Put("""{"data": "tiny", "hidden": [8], "latent": 2, "epochs": 1, "seed": 5}""");
        Train("run", "--config", "my.json", "--latent", "3");
        JsonElement config = Config("run");
        Assert.Equal((3, 5), (config.GetProperty("latent").GetInt32(), config.GetProperty("seed").GetInt32()));
        Assert.Equal(8, Assert.Single(config.GetProperty("hidden").EnumerateArray()).GetInt32());
    }

    [Fact]
    public void In_a_file_of_a_person_the_preset_gives_what_is_not_there()
    {
        Put("""{"preset": "ae", "data": "tiny", "hidden": [8], "epochs": 1}""");
        Train("one", "--config", "my.json");
        Assert.Equal(("ae", "point"), (Text("one", "preset"), Text("one", "code")));
        // A preset that is typed takes the place of the file's.
        Train("other", "--config", "my.json", "--preset", "vae");
        Assert.Equal(("vae", "diagonal"), (Text("other", "preset"), Text("other", "code")));
        // Hidden units put a preset's network aside, as the option does.
        Put("""{"preset": "conv-vae", "data": "tiny", "hidden": [8], "epochs": 1}""");
        Train("dense", "--config", "my.json");
        Assert.False(Config("dense").TryGetProperty("network", out _));
    }

    [Theory]
    [InlineData("""{"latnt": 2}""", "", 1, "my.json: \"latnt\": GpuVae 0.1.0 knows no such setting; did you mean latent?")]
    [InlineData("""{"latent": "two"}""", "", 1, "my.json: latent is not what a configuration has under that name")]
    [InlineData("""{"latent": 0}""", "", 1, "my.json: --latent 0: ")]
    [InlineData("""{"preset": "gan"}""", "", 1, "my.json: --preset gan: unknown")]
    [InlineData("""{"latent": 2""", "", 1, "my.json: no valid JSON in line 1")]
    [InlineData("[]", "", 1, "my.json: no JSON object")]
    [InlineData("{}", "--resume run", 1, "run: no such folder")]
    [InlineData("""{"gpuvae_version": "0.1.0"}""", "--preset ae", 2, "--preset ae: my.json has all settings of a run")]
    [InlineData("{}", "--config", 2, "--config: a value is missing")]
    public void A_mistake_is_one_line_that_names_it_and_leaves_nothing_behind(string text, string options, int code, string said)
    {
        Put(text);
        string[] before = _workplace.Snapshot();
        string[] config = options == "--config" ? [] : ["--config", "my.json"];
        Outcome outcome = Runner.Run(
            _workplace.Folder, ["train", "--data", "tiny", .. config, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(code, outcome.ExitCode);
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        Assert.Equal(before, _workplace.Snapshot());
    }

    [Fact]
    public void A_run_that_goes_on_takes_no_file()
    {
        Put("""{"data": "tiny", "hidden": [8], "latent": 2, "epochs": 1}""");
        Train("run", "--config", "my.json");
        Outcome outcome = Runner.Run(_workplace.Folder, "train", "--resume", "run", "--config", "my.json");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Equal("gpuvae: --config my.json: a run goes on as it began; leave --config or --resume out", outcome.ErrorLine);
    }

    public void Dispose() => _workplace.Dispose();

    private void Put(string text) => _workplace.Put("my.json", System.Text.Encoding.UTF8.GetBytes(text));

    private void Train(string run, params string[] options)
    {
        Outcome outcome = Runner.Run(_workplace.Folder, ["train", "--device", "cpu", "--out", run, .. options]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }

    private JsonElement Config(string run) => JsonElement.Parse(File.ReadAllText(_workplace.In($"{run}/config.json")));

    private string? Text(string run, string key) => Config(run).GetProperty(key).GetString();
}
