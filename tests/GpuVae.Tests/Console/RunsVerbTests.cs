using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>The table of runs, on two whole runs beside others that are damaged or half there.</summary>
public sealed class RunsVerbTests(TrainedRuns runs) : IClassFixture<TrainedRuns>
{
    [Fact]
    public void Runs_are_listed_with_what_they_came_to_the_newest_first()
    {
        Outcome outcome = Run("runs .");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Matches(@"(?m)^run +preset +data +epochs +test loss +at epoch +time$", outcome.Output);
        Match vae = Regex.Match(outcome.Output, @"(?m)^\./vae +vae +tiny +2 +(?<loss>[0-9.]+) +(?<epoch>[12]) +0:\d\d$");
        Assert.True(vae.Success, outcome.Output);
        Assert.EndsWith("\n2 runs in .", outcome.Output, StringComparison.Ordinal);
        double[] losses = [.. File.ReadLines(runs.In("vae/metrics.jsonl")).Select(line =>
            JsonDocument.Parse(line).RootElement.GetProperty("test_loss").GetDouble())];
        Assert.Equal(
            losses[int.Parse(vae.Groups["epoch"].Value, CultureInfo.InvariantCulture) - 1].ToString("F2", CultureInfo.InvariantCulture),
            vae.Groups["loss"].Value);
        Assert.Equal(losses.Min(), losses[int.Parse(vae.Groups["epoch"].Value, CultureInfo.InvariantCulture) - 1]);

        File.SetLastWriteTimeUtc(runs.In("vae/checkpoint.safetensors"), DateTime.UtcNow.AddHours(1));
        Assert.Equal(["./vae", "./ae"], Listed(Run("runs .")));
        File.SetLastWriteTimeUtc(runs.In("ae/checkpoint.safetensors"), DateTime.UtcNow.AddHours(2));
        Assert.Equal(["./ae", "./vae"], Listed(Run("runs .")));
    }

    [Theory]
    [InlineData("--sort latent", "./ae ./vae")]
    [InlineData("--sort -latent", "./vae ./ae")]
    [InlineData("--sort run", "./ae ./vae")]
    [InlineData("--sort learning-rate --where preset=vae", "./vae")]
    [InlineData("--where latent<3", "./ae")]
    [InlineData("--where latent>=3 --where test_loss>0", "./vae")]
    [InlineData("--where latent!=3", "./ae")]
    [InlineData("--where learning_rate=0.001 --sort run", "./ae ./vae")]
    [InlineData("--where learning_rate=1e-3 --where hidden=8 --sort -run", "./vae ./ae")]
    [InlineData("--where active_units<0", "")]
    [InlineData("--where epochs_done=2 --where best_epoch<=2 --sort kl", "./ae ./vae")]
    public void Runs_are_sorted_and_chosen_by_settings_and_figures(string options, string expected) =>
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), Listed(Run($"runs . {options}")));

    [Fact]
    public void What_is_asked_for_has_a_column()
    {
        Outcome outcome = Run("runs . --sort latent --where learning_rate<1");
        Assert.Matches(@"(?m)^run .* time +learning_rate +latent$", outcome.Output);
        Assert.Matches(@"(?m)^\./ae .* 0\.001 +2$", outcome.Output);
        Assert.EndsWith("2 runs in .", outcome.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n1 run of 2 in .", Run("runs . --where latent=2").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--where preset=vea", "no run has preset vea; there are ae, vae")]
    [InlineData("--where latent==20 --where preset=vae", "no run has latent 20; there are 2, 3")]
    [InlineData("--where latent<2", "no run has latent<2; there are 2, 3")]
    [InlineData("--where hidden!=8", "no run has hidden!=8: it is 8 in each")]
    [InlineData("--where patience=3", "no run has a patience")]
    [InlineData("--where preset=ae --where latent=3", "each of these conditions holds for some runs, and all together for none")]
    public void Where_nothing_is_found_it_says_what_there_is(string options, string said)
    {
        Outcome outcome = Run($"runs . {options}");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal($"{said}\n0 runs of 2 in .", outcome.Output);
        Assert.Equal("[]", Run($"runs . {options} --json -").Output);
    }

    [Fact]
    public void Of_many_values_the_nearest_is_named_or_their_range()
    {
        using var workplace = new Workplace();
        string config = File.ReadAllText(runs.In("vae/config.json"));
        foreach (string name in (string[])["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"])
        {
            Directory.CreateDirectory(workplace.In($"all/{name}"));
            File.WriteAllText(
                workplace.In($"all/{name}/config.json"),
                config.Replace("\"data\": \"tiny\"", $"\"data\": \"{name}\"", StringComparison.Ordinal).Replace("\"seed\": 1", $"\"seed\": {name.Length}1{name.Sum(c => c)}", StringComparison.Ordinal));
        }

        string First(string condition) => Runner.Run(workplace.Folder, "runs", "all", "--where", condition).Output.Split('\n')[0];
        Assert.Equal("no run has data gama; did you mean gamma?", First("data=gama"));
        Assert.Equal("no run has data qqqqqq; there are alpha, beta, delta, epsilon, eta, gamma and 1 other", First("data=qqqqqq"));
        Assert.Matches(@"^no run has seed 2; they have \d+ … \d+$", First("seed=2"));
    }

    [Theory]
    [InlineData("runs . --sort tset_loss", 2, "--sort tset_loss: no setting of config.json and no figure of these runs; did you mean test_loss?")]
    [InlineData("runs . --where latnt=3", 2, "--where latnt: no setting of config.json and no figure of these runs; did you mean latent?")]
    [InlineData("runs . --where latent", 2, "--where latent: not a condition such as latent=20")]
    [InlineData("runs . --where latent=<20", 2, "--where latent=<20: not a condition such as latent=20")]
    [InlineData("runs . --where latent<many", 2, "--where latent<many: < compares numbers, and 'many' is none")]
    [InlineData("runs", 1, "runs: no such folder; give a folder that holds runs, or train one first with gpuvae train")]
    [InlineData("runs vae/config.json", 1, "vae/config.json: is a file; give a folder that holds runs")]
    [InlineData("runs . --json table.txt", 2, "--json table.txt: the name of the file has to end with .json")]
    public void A_mistake_is_one_line_that_names_it(string line, int code, string said)
    {
        Outcome outcome = Run(line);
        Assert.Equal(code, outcome.ExitCode);
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }

    [Fact]
    public void Damaged_and_half_written_runs_are_listed_with_what_is_wrong()
    {
        using var workplace = new Workplace();
        string config = File.ReadAllText(runs.In("vae/config.json")), metrics = File.ReadAllText(runs.In("vae/metrics.jsonl"));
        void Put(string run, string file, string content)
        {
            Directory.CreateDirectory(workplace.In($"all/{run}"));
            File.WriteAllText(workplace.In($"all/{run}/{file}"), content);
        }

        Put("begun", "config.json", config);
        Put("cut", "config.json", config[..40]);
        Put("cut", "metrics.jsonl", metrics);
        Put("deep/er/whole", "config.json", config);
        Put("deep/er/whole", "metrics.jsonl", metrics);
        Put("headless", "metrics.jsonl", metrics);
        Put("newer", "config.json", config.Replace("\"latent\"", "\"latents\"", StringComparison.Ordinal));
        Put("no-number", "config.json", config);
        Put("no-number", "metrics.jsonl", metrics.Replace("\"kl\":", "\"kl\":null,\"old\":", StringComparison.Ordinal)
            .Replace("\"test_loss\":", "\"test_loss\":null,\"other\":", StringComparison.Ordinal));
        Put("running", "config.json", config);
        Put("running", "run.lock", "");
        Put("running", "metrics.jsonl", metrics.Split('\n')[0] + "\n{\"epo");
        Put("odd\u001b[31m\nname", "config.json", config);
        Put("old", "config.json", config);
        Put("old", "metrics.jsonl", Regex.Replace(metrics, "\"seconds\":[0-9.eE+-]+", "\"seconds\":54000"));
        Put("time", "config.json", config);
        Put("time", "metrics.jsonl", Regex.Replace(metrics, "\"seconds\":[0-9.eE+-]+", "\"seconds\":-1e300"));
        Put("torn", "config.json", config);
        Put("torn", "metrics.jsonl", "{]\n" + metrics);
        Put("nothing", "notes.txt", "no run");

        Outcome outcome = Runner.Run(workplace.Folder, "runs", "all", "--sort", "run");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Matches(@"(?m)^all/begun +vae +tiny +0 of 2 +– +– +–$", outcome.Output);
        Assert.Matches(@"(?m)^all/begun: stopped before its first epoch was measured$", outcome.Output);
        Assert.Matches(@"(?m)^all/cut +– ", outcome.Output);
        Assert.Matches(@"(?m)^all/cut: config\.json: no valid JSON in line \d+, byte \d+; ", outcome.Output);
        Assert.Matches(@"(?m)^all/deep/er/whole +vae +tiny +2 ", outcome.Output);
        Assert.Matches(@"(?m)^all/headless: holds no run: there is no config\.json in it$", outcome.Output);
        Assert.Matches(@"(?m)^all/newer: config\.json: ""latents"": .* did you mean latent\?", outcome.Output);
        Assert.Matches(@"(?m)^all/no-number +vae +tiny +2 +– +– +0:\d\d$", outcome.Output);
        Assert.Matches(@"(?m)^all/running +vae +tiny +1 of 2 +[0-9.]+ +1 ", outcome.Output);
        Assert.Matches(@"(?m)^all/running: killed; train --resume goes on$", outcome.Output);
        Assert.Matches(@"(?m)^all/odd\\u001B\[31m\\u000Aname +vae ", outcome.Output);
        Assert.Matches(@"(?m)^all/odd\\u001B\[31m\\u000Aname: stopped before ", outcome.Output);
        Assert.DoesNotContain('\e', outcome.Output);
        Assert.Matches(@"(?m)^all/old +vae .* 30:00:00$", outcome.Output);
        Assert.Matches(@"(?m)^all/time +vae .* 0:00$", outcome.Output);
        Assert.Matches(@"(?m)^all/torn: metrics\.jsonl: line 1: no valid JSON", outcome.Output);
        Assert.DoesNotContain("nothing", outcome.Output, StringComparison.Ordinal);
        Assert.EndsWith("11 runs in all", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_in_training_is_told_from_one_that_was_killed()
    {
        using var workplace = new Workplace();
        Directory.CreateDirectory(workplace.In("all/live"));
        File.Copy(runs.In("vae/config.json"), workplace.In("all/live/config.json"));
        using (RunLock.Acquire(workplace.In("all/live/run.lock")))
        {
            Assert.Contains(" being trained\n", Runner.Run(workplace.Folder, "runs", "all").Output, StringComparison.Ordinal);
            // Who looks takes nothing away.
            Assert.Null(RunLock.TryAcquire(workplace.In("all/live/run.lock"), out _));
        }
        File.WriteAllText(workplace.In("all/live/run.lock"), "");
        Assert.Contains(" killed; train --resume goes on\n", Runner.Run(workplace.Folder, "runs", "all").Output, StringComparison.Ordinal);
        RunLock.Acquire(workplace.In("all/live/run.lock")).Dispose();
    }

    [Fact]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    public void Two_thousand_runs_take_seconds()
    {
        LongTests.Require();
        using var workplace = new Workplace();
        byte[] config = File.ReadAllBytes(runs.In("vae/config.json")), metrics = File.ReadAllBytes(runs.In("vae/metrics.jsonl"));
        byte[] best = File.ReadAllBytes(runs.In("vae/best.safetensors"));
        for (int i = 0; i < 2000; i++)
        {
            string run = workplace.In(FormattableString.Invariant($"many/{i:0000}"));
            Directory.CreateDirectory(run);
            File.WriteAllBytes(Path.Combine(run, "config.json"), config);
            File.WriteAllBytes(Path.Combine(run, "metrics.jsonl"), metrics);
            File.WriteAllBytes(Path.Combine(run, "best.safetensors"), best);
        }

        var clock = Stopwatch.StartNew();
        Outcome outcome = Runner.Run(workplace.Folder, "runs", "many", "--sort", "test_loss");
        Assert.Equal(0, outcome.ExitCode);
        Assert.EndsWith("2,000 runs in many", outcome.Output, StringComparison.Ordinal);
        // 1 to 2 seconds where nothing else runs.
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
    }

    [Fact]
    public void Programs_get_everything()
    {
        Outcome outcome = Run("runs . --sort run --json -");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        using var json = JsonDocument.Parse(outcome.Output);
        JsonElement[] all = [.. json.RootElement.EnumerateArray()];
        Assert.Equal(["./ae", "./vae"], all.Select(run => run.GetProperty("run").GetString()));
        Assert.Equal(3, all[1].GetProperty("settings").GetProperty("latent").GetInt32());
        Assert.Equal(2, all[1].GetProperty("epochs_done").GetInt32());
        Assert.Equal(JsonValueKind.Null, all[1].GetProperty("note").ValueKind);
        string[] lines = File.ReadAllLines(runs.In("vae/metrics.jsonl"));
        using var last = JsonDocument.Parse(lines[^1]);
        Assert.Equal(
            last.RootElement.GetProperty("test_loss").GetDouble(), all[1].GetProperty("last").GetProperty("test_loss").GetDouble());
    }

    private static string[] Listed(Outcome outcome)
    {
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        return [.. Regex.Matches(outcome.Output, @"(?m)^\./\S+").Select(match => match.Value)];
    }

    private Outcome Run(string line) => Runner.Run(runs.Folder, line.Split(' '));
}
