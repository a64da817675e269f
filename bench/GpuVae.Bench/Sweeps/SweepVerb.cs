using System.Diagnostics;
using System.Text.Json;
using GpuVae.Bench.Reports;

namespace GpuVae.Bench.Sweeps;

/// <summary>
/// <c>sweep</c>: what the runs of a sweep cost each other. The same runs, one at a time on all cores, and 2, 3, … at once on one core
/// each, in turn; from <c>metrics.jsonl</c> of each the seconds of training alone.
/// </summary>
internal static class SweepVerb
{
    private static readonly (string Name, string[] Options)[] _models =
    [
        ("784-400-20", ["--limit", "20000", "--epochs", "2"]),
        ("784-64-2", ["--hidden", "64", "--latent", "2", "--limit", "20000", "--epochs", "2"]),
        ("conv-vae", ["--preset", "conv-vae", "--limit", "2000", "--epochs", "2"]),
    ];

    /// <param name="report">Where the table goes.</param>
    /// <param name="runs">Runs of a sweep.</param>
    /// <param name="rounds">Sweeps of each kind.</param>
    public static void Execute(Report report, int runs, int rounds)
    {
        string console = Path.Combine(Repository.FindPath(), "src", "GpuVae.Console");
        Repository.Make("build", console);
        string program = Path.Combine(console, "bin", "Release", "net10.0", "gpuvae.dll");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("gpuvae-sweep-");
        try
        {
            var table = new Table(1, "model", "at once", "all runs, s", "least", "most", "an epoch of one, s", "its share of one alone", "all, times one after the other");
            foreach ((string name, string[] options) in _models)
            {
                int[] kinds = [.. Enumerable.Range(1, Environment.ProcessorCount + 1)];
                var walls = kinds.ToDictionary(jobs => jobs, _ => new List<double>());
                var epochs = kinds.ToDictionary(jobs => jobs, _ => new List<double>());
                for (int round = 0; round < rounds; round++)
                {
                    foreach (int jobs in kinds)
                    {
                        string path = Path.Combine(folder.FullName, $"{name}-{jobs}-{round}");
                        long start = Stopwatch.GetTimestamp();
                        Run(program, ["sweep", "--device", "cpu", "--pictures", "none", "--seed", $"1..{runs}", "--jobs", $"{jobs}", "--out", path, .. options]);
                        walls[jobs].Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                        epochs[jobs].AddRange(Directory.GetFiles(path, "metrics.jsonl", SearchOption.AllDirectories).SelectMany(File.ReadLines).Select(Seconds));
                    }
                }
                double alone = Statistics.Median(epochs[1]), inTurn = Statistics.Median(walls[1]);
                foreach (int jobs in kinds)
                {
                    double wall = Statistics.Median(walls[jobs]), epoch = Statistics.Median(epochs[jobs]);
                    table.Add(
                        name, $"{jobs}", Format.Number(wall), Format.Number(walls[jobs].Min()), Format.Number(walls[jobs].Max()), Format.Number(epoch),
                        Format.Number(epoch / alone), Format.Number(inTurn / wall));
                }
            }
            report.Show(table);
            report.Say(
                $"{runs} runs of gpuvae sweep on MNIST, {rounds} sweeps of each kind in turn, medians. One run at a time trains on all cores, several "
                + "at once on one core each; so many as there are cores is the default. More than cores is there to show what it costs. The "
                + "whole has the start of the program and the reading of the data in it, which happens once.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Run(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Repository.DotnetHost, [program, .. arguments]) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new UserException($"{program}: ended with exit code {process.ExitCode}; what it wrote is above");
    }

    private static double Seconds(string line)
    {
        using var metrics = JsonDocument.Parse(line);
        return metrics.RootElement.GetProperty("seconds").GetDouble();
    }
}
