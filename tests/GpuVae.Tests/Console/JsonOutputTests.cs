using System.Text.Json;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary><c>--json -</c> of each verb that prints figures: stdout has them and nothing else.</summary>
public sealed class JsonOutputTests(UsedRuns runs) : IClassFixture<UsedRuns>
{
    [Theory]
    [InlineData("evaluate vae --device cpu", "elbo")]
    [InlineData("detect beats --device cpu --out scores.csv", "roc_auc")]
    [InlineData("hash hash --device cpu --nearest 3", "precision")]
    [InlineData("project vae --device cpu", "picture")]
    [InlineData("project hash --device cpu", "explained_variance")]
    [InlineData("model vae", "layers")]
    [InlineData("compare vae beats --out both.png", "runs")]
    [InlineData("denoise noisy --device cpu", "denoised_error")]
    [InlineData("train --device cpu --data beats.csv --label-column first --hidden 8 --latent 2 --epochs 1 --out trained", "best")]
    [InlineData("train --quiet --device cpu --data beats.csv --label-column first --hidden 8 --latent 2 --epochs 1 --out quiet", "best")]
    [InlineData("train --resume vae", "ending")]
    [InlineData("sweep --device cpu --data beats.csv --label-column first --hidden 8 --latent 1,2 --seed 1..2 --epochs 1 --out swept", "rows")]
    public void Stdout_is_one_object(string line, string property)
    {
        JsonElement figures = Figures(line);
        Assert.Equal(JsonValueKind.Object, figures.ValueKind);
        Assert.NotEqual(JsonValueKind.Null, figures.GetProperty(property).ValueKind);
    }

    [Theory]
    [InlineData("runs .", "run")]
    [InlineData("presets", "preset")]
    [InlineData("reproduce --list", "source")]
    [InlineData("devices", "device")]
    [InlineData("devices --measure", "precisions")]
    public void Stdout_is_one_list(string line, string property)
    {
        JsonElement figures = Figures(line);
        Assert.Equal(JsonValueKind.Array, figures.ValueKind);
        Assert.All(figures.EnumerateArray(), each => Assert.True(each.TryGetProperty(property, out _)));
    }

    [Fact]
    public void A_file_has_the_same_and_stdout_what_it_always_has()
    {
        Outcome plain = Run("model vae"), written = Run("model vae --json model.json");
        Assert.Equal($"{plain.Output}\n\nwritten to model.json", written.Output);
        Assert.Equal(Run("model vae --json -").Output, File.ReadAllText(runs.In("model.json")).TrimEnd());
    }

    [Fact]
    public void Figures_are_those_that_are_printed()
    {
        JsonElement figures = Figures("presets");
        JsonElement denoise = figures.EnumerateArray().Single(preset => preset.GetProperty("preset").GetString() == "denoise");
        Assert.Equal("gaussian", denoise.GetProperty("settings").GetProperty("corruption").GetString());
        JsonElement layers = Figures("model --hidden 400 --latent 20");
        Assert.Equal(652_824, layers.GetProperty("parameters").GetInt64());
    }

    [Theory]
    [InlineData("runs . --json vae/config.json", "--json vae/config.json: runs and sweeps have a file of that name")]
    [InlineData("sweep --seed 1,2 --out swept --json swept/sweep.json", "--json swept/sweep.json: runs and sweeps have a file of that name")]
    [InlineData("train --data beats.csv --out new --json nowhere/figures.json", "--json nowhere/figures.json: there is no folder ")]
    [InlineData("runs . --json folder.json", "--json folder.json: is a folder")]
    public void A_file_that_cannot_be_written_is_told_before_the_work(string line, string said)
    {
        Directory.CreateDirectory(runs.In("folder.json"));
        string[] before = runs.Snapshot();
        Outcome outcome = Run(line);
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(before, runs.Snapshot());
    }

    [Fact]
    public void A_file_may_lie_in_the_folder_that_the_run_makes()
    {
        Outcome outcome = Run("train --device cpu --data beats.csv --label-column first --hidden 8 --latent 2 --epochs 1 --out inside --json inside/figures.json");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("finished", JsonElement.Parse(File.ReadAllText(runs.In("inside/figures.json"))).GetProperty("ending").GetString());
    }

    [Theory]
    [InlineData("evaluate nowhere --json -", "nowhere: no such folder")]
    [InlineData("runs nowhere --json -", "nowhere: no such folder")]
    public void A_failure_leaves_stdout_empty(string line, string said)
    {
        Outcome outcome = Run(line);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Empty(outcome.Output);
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        // The next line of the same process is heard again.
        Assert.NotEmpty(Run("presets").Output);
    }

    private JsonElement Figures(string line)
    {
        Outcome outcome = Run($"{line} --json -");
        Assert.Equal(0, outcome.ExitCode);
        return JsonElement.Parse(outcome.Output);
    }

    private Outcome Run(string line) => Runner.Run(runs.Folder, line.Split(' '));
}
