using GpuVae.Reports;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.Reports;

/// <summary>The words that train a run again give its configuration.</summary>
public sealed class TrainingCommandTests
{
    [Fact]
    public void The_default_needs_no_option() => Assert.Equal("gpuvae train", TrainingCommand.Of(new RunConfiguration()));

    [Fact]
    public void What_differs_from_the_preset_is_typed() => Assert.Equal(
        "gpuvae train --preset beta-vae --hidden 512,256 --beta 2.5 --learning-rate 0.0005",
        TrainingCommand.Of(RunConfiguration.FromPreset("beta-vae") with { Hidden = [512, 256], Beta = 2.5, LearningRate = 5e-4 }));

    [Theory]
    [InlineData("vae")]
    [InlineData("ae")]
    [InlineData("iwae")]
    [InlineData("hash")]
    [InlineData("anomaly")]
    [InlineData("conv-vae")]
    [InlineData("conv-vae-64")]
    public void Every_setting_comes_back(string preset)
    {
        RunConfiguration start = RunConfiguration.FromPreset(preset);
        RunConfiguration[] runs =
        [
            start,
            start with { Network = null, Decoder = null, Hidden = [] },
            start with { Network = "conv 8 3/2", Decoder = null },
            start with { Network = "conv 8 3/2", Decoder = "14x14x8, up C 3*2" },
            start with { SigmaIsLearned = true, Patience = 3, TrainOnAll = true, TrainLabels = ["a,b", "c"], Seed = ulong.MaxValue },
            start with { Data = "some table.csv", DataPath = "/data/some table's.csv", Likelihood = "bernoulli", Epochs = 10, Limit = 7 },
            start with { Schedule = "steps", RateSteps = [new RateStep(5, 5e-4), new RateStep(9, 1e-4)], Drop = ["time, s", "station"] },
        ];
        foreach (RunConfiguration run in runs)
        {
            RunConfiguration again = Read(TrainingCommand.Words(run));
            Assert.Equal(Typed(run with { Data = run.DataPath ?? run.Data }), Typed(again));
        }
    }

    [Fact]
    public void Data_of_ones_own_do_not_choose_anew()
    {
        IReadOnlyList<string> words = TrainingCommand.Words(new RunConfiguration { Data = "table.csv", DataPath = "/data/table.csv" });
        Assert.Equal(["--data", "/data/table.csv", "--likelihood", "bernoulli", "--epochs", "10", "--evaluate-every", "1"], words);
    }

    [Fact]
    public void Words_are_quoted_for_a_shell() => Assert.Equal(
        "gpuvae train --data '/my data/t.csv' --likelihood bernoulli --epochs 10 --evaluate-every 1",
        TrainingCommand.Of(new RunConfiguration { Data = "t.csv", DataPath = "/my data/t.csv" }));

    /// <summary>As the command line reads options: over the preset, in the order in which they are declared.</summary>
    private static RunConfiguration Read(IReadOnlyList<string> words)
    {
        Dictionary<string, string> typed = [];
        for (int i = 0; i < words.Count; i++)
        {
            bool isAlone = i + 1 == words.Count || words[i + 1].StartsWith("--", StringComparison.Ordinal);
            typed.Add(words[i], isAlone ? "true" : words[++i]);
        }
        RunConfiguration start = RunConfiguration.FromPreset(typed.GetValueOrDefault("--preset", "vae"));
        return Settings.All.Where(setting => setting.IsOption && typed.ContainsKey(setting.Option))
            .Aggregate(start, (made, setting) => setting.WithText(made, typed[setting.Option]));
    }

    private static string Typed(RunConfiguration configuration) => string.Join(
        '\n', Settings.All.Where(setting => setting.IsOption).Select(setting => $"{setting.Option} {setting.Text(configuration)}"));
}
