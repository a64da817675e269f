using GpuVae.Imaging;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>What every verb on a trained run does with its run, its data and its device.</summary>
public sealed class RunVerbTests : IDisposable
{
    private readonly Workplace _workplace = new();

    [Fact]
    public void Without_a_run_the_newest_one_is_taken()
    {
        Train("runs/first", "vae");
        Train("runs/second", "vae");
        Outcome outcome = Runner.Run(_workplace.Folder, "generate", "--count", "4", "--device", "cpu");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("note: the run is runs/second, the newest in runs/; generate takes the folder of another", outcome.Error);
        Assert.Contains("written to runs/second/images/generate.png", outcome.Output, StringComparison.Ordinal);
        Assert.NotEmpty(Png.Read(_workplace.In("runs/second/images/generate.png")).Pixels);
    }

    [Fact]
    public void A_file_that_is_there_already_is_not_overwritten_unasked()
    {
        Train("run", "vae");
        foreach (string name in (string[])["generate.png", "generate-2.png", "generate-3.png"])
        {
            Outcome outcome = Runner.Run(_workplace.Folder, "generate", "run", "--count", "4", "--device", "cpu");
            Assert.EndsWith(name, outcome.Output, StringComparison.Ordinal);
        }

        Assert.Equal(
            File.ReadAllBytes(_workplace.In("run/images/generate.png")),
            File.ReadAllBytes(_workplace.In("run/images/generate-3.png")));
    }

    [Theory]
    [InlineData("generate", 1, "runs: holds no trained run; train one first")]
    [InlineData("generate nothing", 1, "nothing: no such folder")]
    [InlineData("generate tiny", 1, "tiny: holds no run")]
    [InlineData("generate run other", 2, "other: not an option or its value")]
    [InlineData("generate run --device abacus", 1, "there is no device 'abacus'")]
    [InlineData("generate run --out picture.jpg", 2, "--out picture.jpg: the name of the file has to end with .png")]
    [InlineData("generate run --count 0", 2, "--count 0: must be a whole number from 1 to 10000")]
    [InlineData("generate plain", 1, "generate: the objective of plain is reconstruction")]
    public void A_mistake_is_one_line_that_names_it_and_leaves_nothing_behind(string line, int code, string said)
    {
        if (line.Contains(" run", StringComparison.Ordinal))
            Train("run", "vae");
        if (line.Contains(" plain", StringComparison.Ordinal))
            Train("plain", "ae");
        string[] before = _workplace.Snapshot();
        Outcome outcome = Runner.Run(_workplace.Folder, line.Split(' '));
        Assert.Equal(code, outcome.ExitCode);
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        Assert.Equal(before, _workplace.Snapshot());
    }

    [Fact]
    public void Help_shows_where_the_run_goes()
    {
        Outcome outcome = Runner.Run(_workplace.Folder, "generate", "--help");
        Assert.Contains("Usage: gpuvae generate [RUN] [options]", outcome.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  RUN +Folder of a trained run", outcome.Output);
        Assert.All(outcome.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    public void Dispose() => _workplace.Dispose();

    private void Train(string run, string preset)
    {
        Outcome outcome = Runner.Run(
            _workplace.Folder,
            "train", "--data", "tiny", "--device", "cpu", "--preset", preset, "--hidden", "8", "--latent", "2", "--epochs",
            "1", "--out", run);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }
}
