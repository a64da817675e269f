using System.Diagnostics;
using GpuVae.Bench.Reports;
using GpuVae.Tests.Crashing;
using GpuVae.Tests.Support;

namespace GpuVae.Bench.Crash;

/// <summary>
/// <c>crash</c>: runs that are killed at random instants, and runs that meet a fault at each place where one may come, each
/// followed by a resumption.
/// </summary>
internal static class CrashVerb
{
    private const int Epochs = 12;
    private const int MostKillsOfARun = 10;

    /// <param name="report">Where the table goes.</param>
    /// <param name="kills">Kills in all, at least.</param>
    /// <param name="seed">Decides the instants.</param>
    /// <returns>Runs that are not as they have to be.</returns>
    public static int Execute(Report report, int kills, int seed)
    {
        string console = Path.Combine(Repository.FindPath(), "src", "GpuVae.Console");
        Repository.Make("build", console);
        string program = Path.Combine(console, "bin", "Release", "net10.0", "gpuvae.dll");
        report.Say(
            $"Small runs of gpuvae train ({Epochs} epochs of 15 steps, a checkpoint every 4), as processes that get SIGKILL at "
            + $"random instants (seed {seed}), up to {MostKillsOfARun} times each, and go on with --resume. After each kill "
            + "every file under its final name has to be whole. At the end all files have to be those of a run that was "
            + "never killed: weights, moments, pictures, metrics but for their times.");
        using var folder = new TemporaryFolder();
        var trial = new KillTrial(folder.FullPath, [Repository.DotnetHost, program], Epochs);
        long start = Stopwatch.GetTimestamp();
        trial.RunWhole();

        var random = new Random(seed);
        var table = new Table(0, "runs", "kills", "resumptions", "killed before they began", "losses", "differences", "seconds");
        int runs = 0, killed = 0, resumed = 0, begun = 0, differences = 0;
        while (killed < kills)
        {
            KillResult result = trial.RunKilled($"run-{++runs}", random, MostKillsOfARun);
            killed += result.Kills;
            resumed += result.Resumptions;
            begun += result.NewBeginnings;
            differences += result.IsSame ? 0 : 1;
            Console.WriteLine($"run {runs}: {result.Kills} kills, {(result.IsSame ? "same" : "DIFFERENT")}");
        }
        table.Add(
            Format.Count(runs), Format.Count(killed), Format.Count(resumed), Format.Count(begun), "0",
            Format.Count(differences), Format.Number(Stopwatch.GetElapsedTime(start).TotalSeconds));
        report.Show(table);
        report.Say("A run that could not go on, or a half-written file, would have ended the trial: it counts as a loss.");
        return differences + FaultVerb.Execute(report, [Repository.DotnetHost, program]);
    }
}
