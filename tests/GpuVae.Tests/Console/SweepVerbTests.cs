using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary><c>gpuvae sweep</c>: many runs, and a table of what they came to.</summary>
public sealed class SweepVerbTests : IDisposable
{
    private static readonly string[] _tiny = ["--data", "tiny", "--device", "cpu", "--hidden", "8", "--batch", "8"];

    private readonly Workplace _workplace = new();

    public void Dispose() => _workplace.Dispose();

    [Fact]
    public void Every_combination_is_a_run_that_train_would_make()
    {
        Outcome outcome = Run("sweep", "--seed", "3..4", "--beta", "1,2", "--out", "s", "--jobs", "2");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(
            ["beta-1_seed-3", "beta-1_seed-4", "beta-2_seed-3", "beta-2_seed-4"],
            Directory.GetDirectories(_workplace.In("s")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(0, Run("train", "--seed", "4", "--beta", "2", "--out", "alone").ExitCode);
        foreach (string file in (string[])["config.json", "checkpoint.safetensors", "best.safetensors"])
        {
            Assert.Equal(
                File.ReadAllBytes(_workplace.In($"alone/{file}")), File.ReadAllBytes(_workplace.In($"s/beta-2_seed-4/{file}")));
        }
    }

    [Fact]
    public void Figures_are_means_and_deviations_over_the_seeds()
    {
        Outcome outcome = Run("sweep", "--seed", "1,2,3", "--beta", "0.5", "--beta", "1", "--out", "s", "--json", "s.json");

        string[][] lines = [.. File.ReadLines(_workplace.In("s/sweep.csv")).Select(line => line.Split(','))];
        Assert.Equal(["beta", "seed", "status", "epoch", "test_loss", "reconstruction", "kl", "run"], lines[0]);
        Assert.Equal(7, lines.Length);
        Assert.All(lines[1..], line => Assert.Equal("done", line[2]));
        double[] losses = [.. lines[1..4].Select(line => double.Parse(line[4], System.Globalization.CultureInfo.InvariantCulture))];
        double mean = losses.Average(), deviation = Math.Sqrt(losses.Sum(loss => Math.Pow(loss - mean, 2)) / 2);
        Assert.Matches($@"(?m)^0\.5 +3 +{mean:F2} ± {deviation:F2} ", outcome.Output);
        Assert.Contains("losses of different --beta measure different things", outcome.Output, StringComparison.Ordinal);
        Assert.True(new FileInfo(_workplace.In("s/sweep.png")).Length > 1000);

        JsonElement row = JsonElement.Parse(File.ReadAllText(_workplace.In("s.json"))).GetProperty("rows")[0];
        Assert.Equal(0.5, row.GetProperty("settings").GetProperty("beta").GetDouble());
        Assert.Equal((mean, deviation), (row.GetProperty("test_loss").GetDouble(), row.GetProperty("test_loss_deviation").GetDouble()));
        Assert.Equal(losses, row.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("test_loss").GetDouble()));
        Assert.Equal($"s/{lines[1][7]}", row.GetProperty("runs")[0].GetProperty("run").GetString());
    }

    /// <summary>What Slurm does, in a shell: a task at a time, and one of them twice.</summary>
    [Fact]
    public void A_script_for_slurm_trains_the_runs_and_the_sweep_reads_them()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no bash");
        Outcome written = Run("sweep", "--seed", "3,4", "--out", "a sweep", "--slurm", "array.sh");
        Assert.Equal((0, ""), (written.ExitCode, written.Error));
        Assert.Contains("next: sbatch array.sh", written.Output, StringComparison.Ordinal);
        Assert.Equal(["sweep.json"], Directory.GetFileSystemEntries(_workplace.In("a sweep")).Select(Path.GetFileName));
        Assert.Contains("#SBATCH --array=0-1", File.ReadLines(_workplace.In("array.sh")));
        foreach (string task in (string[])["0", "1", "1"])
        {
            var start = new ProcessStartInfo("bash", [_workplace.In("array.sh")]) { RedirectStandardOutput = true };
            start.Environment["SLURM_ARRAY_TASK_ID"] = task;
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, output);
        }

        Outcome read = Run("sweep", "--seed", "3,4", "--out", "a sweep");
        Assert.Equal(2, Regex.Count(read.Output, "there already: seed"));
        Assert.True(File.Exists(_workplace.In("a sweep/sweep.csv")));
        Assert.Contains("--jobs", Run("sweep", "--seed", "3,4", "--slurm", "array.sh", "--jobs", "2").ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_that_are_there_are_not_repeated_and_values_may_be_added()
    {
        Run("sweep", "--seed", "1..2", "--out", "s");
        string table = File.ReadAllText(_workplace.In("s/sweep.csv"));
        DateTime trained = File.GetLastWriteTimeUtc(_workplace.In("s/seed-1/checkpoint.safetensors"));
        byte[] metrics = File.ReadAllBytes(_workplace.In("s/seed-1/metrics.jsonl"));

        Outcome more = Run("sweep", "--seed", "1..3", "--out", "s");

        Assert.Equal((0, ""), (more.ExitCode, more.Error));
        Assert.Matches(@"(?m)^[123] of 3  test loss [0-9.]+ at epoch [12], there already: seed 1$", more.Output);
        Assert.Matches(@"(?m)^[123] of 3  test loss [0-9.]+ at epoch [12]: seed 3$", more.Output);
        Assert.Equal(trained, File.GetLastWriteTimeUtc(_workplace.In("s/seed-1/checkpoint.safetensors")));
        Assert.Equal(metrics, File.ReadAllBytes(_workplace.In("s/seed-1/metrics.jsonl")));
        Assert.StartsWith(table, File.ReadAllText(_workplace.In("s/sweep.csv")), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_one_epoch_none_is_the_best_and_counts_stand_below_each_other()
    {
        Outcome outcome = Runner.Run(
            _workplace.Folder, ["sweep", .. _tiny, "--latent", "2", "--epochs", "1", "--seed", "1..10", "--out", "s"]);
        Assert.Matches(@"(?m)^ [1-9] of 10  test loss [0-9.]+: seed [0-9]+$", outcome.Output);
        Assert.Matches(@"(?m)^10 of 10  test loss [0-9.]+: seed [0-9]+$", outcome.Output);
    }

    [Fact]
    public void Settings_of_all_runs_may_stand_in_a_file()
    {
        File.WriteAllText(_workplace.In("base.json"), """{ "data": "tiny", "device": "cpu", "hidden": [8], "latent": 2, "epochs": 1, "batch": 8 }""");

        Outcome outcome = Runner.Run(_workplace.Folder, "sweep", "--config", "base.json", "--seed", "1,2", "--epochs", "2", "--out", "s");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        string[] same = ["train", .. _tiny, "--latent", "2", "--epochs", "2", "--seed", "2", "--out", "alone"];
        Assert.Equal(0, Runner.Run(_workplace.Folder, same).ExitCode);
        Assert.Equal(
            File.ReadAllBytes(_workplace.In("alone/checkpoint.safetensors")), File.ReadAllBytes(_workplace.In("s/seed-2/checkpoint.safetensors")));
        Assert.Contains("\"gpuvae train --config base.json --epochs 2 --seed 2\"", File.ReadAllText(_workplace.In("s/seed-2/environment.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_diverges_is_told_of_and_the_others_are_trained()
    {
        Outcome outcome = Run("sweep", "--learning-rate", "1e-3,1e30", "--out", "s");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("  diverged: learning-rate 1e30\n", outcome.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^1e30 +1, 1 diverged +–", outcome.Output);
        Assert.Contains("1e30,diverged,,,,,learning-rate-1e30", File.ReadAllText(_workplace.In("s/sweep.csv")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_interrupted_goes_on_with_the_same_command()
    {
        Runner.RequireInterrupts();
        (Outcome first, int epochs) = Runner.RunInterrupted(
            _workplace.Folder, "s", "s/seed-2/metrics.jsonl", epochs => [.. Sweep(epochs), "--json", "first.json"]);
        string[] sweep = Sweep(epochs);
        Outcome second = Runner.Run(_workplace.Folder, sweep);
        Outcome whole = Runner.Run(_workplace.Folder, [.. sweep[..^1], "whole"]);

        Assert.Equal(130, first.ExitCode);
        Assert.Contains("the same command goes on", first.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("\"status\": \"stopped\"", File.ReadAllText(_workplace.In("first.json")), StringComparison.Ordinal);
        Assert.Equal((0, 0), (second.ExitCode, whole.ExitCode));
        Assert.Equal(File.ReadAllText(_workplace.In("whole/sweep.csv")), File.ReadAllText(_workplace.In("s/sweep.csv")));
        Assert.Equal(
            File.ReadAllBytes(_workplace.In("whole/seed-2/checkpoint.safetensors")),
            File.ReadAllBytes(_workplace.In("s/seed-2/checkpoint.safetensors")));

        static string[] Sweep(int epochs) =>
            ["sweep", .. _tiny, "--latent", "2", "--epochs", $"{epochs}", "--pictures", "none", "--seed", "1..3", "--jobs", "2", "--out", "s"];
    }

    /// <summary>Twenty runs that are killed three times end with the table of twenty that were not.</summary>
    [Fact]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    public void What_is_killed_ends_with_the_same_table()
    {
        LongTests.Require();
        string[] sweep = ["sweep", .. _tiny, "--epochs", "60", "--seed", "1..10", "--latent", "1,2", "--jobs", "2", "--out", "s"];
        for (int kill = 1; kill <= 3; kill++)
        {
            using Runner runner = Runner.Start(_workplace.Folder, sweep);
            int runs = 5 * kill;
            runner.WaitFor(() => Directory.Exists(_workplace.In("s"))
                && Directory.GetFiles(_workplace.In("s"), "metrics.jsonl", SearchOption.AllDirectories).Length >= runs);
        }
        Outcome rest = Runner.Run(_workplace.Folder, sweep);
        Outcome whole = Runner.Run(_workplace.Folder, [.. sweep[..^1], "whole"]);

        Assert.Equal((0, 0), (rest.ExitCode, whole.ExitCode));
        Assert.Equal(21, File.ReadLines(_workplace.In("s/sweep.csv")).Count());
        Assert.Equal(File.ReadAllText(_workplace.In("whole/sweep.csv")), File.ReadAllText(_workplace.In("s/sweep.csv")));
    }

    [Fact]
    public void A_budget_is_shared_in_rounds_of_which_the_better_half_goes_on()
    {
        string[] sweep = ["sweep", .. _tiny, "--latent", "2", "--epochs", "1000000", "--learning-rate", "1e-3,1e-9", "--seed", "1..2", "--out", "s"];

        Outcome outcome = Runner.Run(_workplace.Folder, [.. sweep, "--budget", "4s", "--jobs", "1"]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("round 1 of 2: 4 runs, 0.5 s each", outcome.Output, StringComparison.Ordinal);
        // What the first took too long is not there for the second.
        Match second = Regex.Match(outcome.Output, @"(?m)^round 2 of 2: 2 runs, ([0-9.]+) s each");
        Assert.InRange(double.Parse(second.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), 0, 1);
        string[][] lines = [.. File.ReadLines(_workplace.In("s/sweep.csv")).Skip(1).Select(line => line.Split(','))];
        Assert.Equal(["out_of_time", "out_of_time", "dropped", "dropped"], lines.Select(line => line[2]));
        Assert.Matches(@"(?m)^1e-9 +2, 2 dropped ", outcome.Output);
        Assert.Matches(@"(?m)^1e-3 +2, 2 out of time ", outcome.Output);

        // What is over is not trained again, and says the same.
        string table = File.ReadAllText(_workplace.In("s/sweep.csv"));
        Outcome again = Runner.Run(_workplace.Folder, [.. sweep, "--budget", "4s", "--jobs", "1"]);
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(table, File.ReadAllText(_workplace.In("s/sweep.csv")));
    }

    [Theory]
    [InlineData("--beta 1,2 --budget 1m", "--budget, --beta: the better half is that of the least losses")]
    [InlineData("--seed 1,2 --budget soon", "--budget soon: not a time")]
    [InlineData("--seed 1", "sweep: every setting has one value; give one or more of them several")]
    [InlineData("--seed 1,01", "sweep: every setting has one value; give one or more of them several")]
    [InlineData("--seed ١..٣", "--seed ١..٣: not a whole number")]
    [InlineData("--seed 5..1", "--seed 5..1: a range goes from the lower to the higher number")]
    [InlineData("--beta 1,two", "--beta two: not a number")]
    [InlineData("--beta 1,,2", "--beta : not a number")]
    [InlineData("--beta 1..3", "--beta 1..3: not a number")]
    [InlineData("--activation relu,sine", "--activation sine: unknown")]
    [InlineData("--seed 1,2 --jobs 0", "--jobs 0: at least one run")]
    [InlineData("--seed 0..9999 --latent 1,2", "sweep: these are 20,000 runs, more than 10,000")]
    [InlineData("--seed 1,2 --resume x", "--resume: no such option")]
    [InlineData("--sed 1,2", "--sed: no such option; did you mean --seed?")]
    [InlineData("--objective iwae,elbo --free-bits 1", "--free-bits")]
    public void A_mistake_is_one_line_that_names_it_and_leaves_nothing_behind(string line, string said)
    {
        string[] before = _workplace.Snapshot();

        Outcome outcome = Runner.Run(_workplace.Folder, ["sweep", "--data", "tiny", "--device", "cpu", .. line.Split(' ')]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(said, outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(before, _workplace.Snapshot());
    }

    [Fact]
    public void A_folder_that_holds_something_else_is_left_alone()
    {
        Run("train", "--out", "run");
        string[] before = _workplace.Snapshot();

        Outcome outcome = Run("sweep", "--seed", "1,2", "--out", "run");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("--out run: exists and is no sweep; nothing in it was touched", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(before, _workplace.Snapshot());
    }

    [Fact]
    public void A_device_that_is_not_there_leaves_no_folder_behind()
    {
        string[] before = _workplace.Snapshot();

        Outcome outcome = Runner.Run(_workplace.Folder, "sweep", "--seed", "1,2", "--data", "tiny", "--device", "cuda:99");

        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.Equal(before, _workplace.Snapshot());
    }

    [Theory]
    [InlineData("--seed 1,2 --activation tanh", "holds a sweep without --activation")]
    [InlineData("--seed 2,3", "holds a sweep with --seed 1,2")]
    [InlineData("--seed 1,2 --latent 3", "holds a sweep with --latent 2")]
    public void A_sweep_of_other_settings_is_not_mixed_with_one_that_is_there(string asked, string why)
    {
        Run("sweep", "--seed", "1,2", "--out", "s");
        string[] before = _workplace.Snapshot();

        Outcome outcome = Runner.Run(
            _workplace.Folder, ["sweep", .. _tiny, .. asked.Contains("--latent", StringComparison.Ordinal) ? [] : (string[])["--latent", "2"], "--epochs", "2", .. asked.Split(' '), "--out", "s"]);

        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.EndsWith($"--out s: {why}; choose another folder", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(before, _workplace.Snapshot());
    }

    [Fact]
    public void Without_a_folder_another_sweep_gets_its_own_and_the_same_goes_on()
    {
        Run("sweep", "--seed", "1,2");
        string table = File.ReadAllText(_workplace.In("sweeps/seed/sweep.csv"));
        Run("sweep", "--seed", "1,2", "--limit", "16");
        Run("sweep", "--seed", "3,4");
        Assert.Equal(table, File.ReadAllText(_workplace.In("sweeps/seed/sweep.csv")));
        Run("sweep", "--seed", "1..3");
        Assert.Equal(["seed", "seed-2", "seed-3"], Directory.GetDirectories(_workplace.In("sweeps")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["seed-1", "seed-2", "seed-3"], Directory.GetDirectories(_workplace.In("sweeps/seed")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["seed-3", "seed-4"], Directory.GetDirectories(_workplace.In("sweeps/seed-3")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private Outcome Run(string verb, params string[] options) => Runner.Run(_workplace.Folder, [verb, .. _tiny, "--latent", "2", "--epochs", "2", .. options]);
}
