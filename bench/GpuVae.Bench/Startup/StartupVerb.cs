using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using GpuVae.Bench.Reports;

namespace GpuVae.Bench.Startup;

/// <summary>
/// <c>startup</c>: how soon the published runner trains, seen from outside. It shows the heading of its table of epochs
/// when data and model are on the device and the first step is next; and the seconds that it reports for an epoch of
/// one step are that step's. The sum is the time to the end of the first step.
/// </summary>
internal static class StartupVerb
{
    private const int Batch = 128;
    private const string Heading = "epoch ";

    /// <param name="report">Where the table goes.</param>
    /// <param name="runner">The published program, or null to publish it.</param>
    /// <param name="starts">Starts of each kind.</param>
    public static void Execute(Report report, FileInfo? runner, int starts)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("gpuvae-startup-");
        try
        {
            string program = runner?.FullName ?? Publish(Path.Combine(folder.FullName, "published"));
            var untilReady = new List<double>();
            var firstStep = new List<double>();
            // The first of each kind brings the files into memory.
            for (int start = 0; start <= starts; start++)
            {
                double ready = SecondsUntilReady(program, Path.Combine(folder.FullName, $"whole-{start}"));
                double step = SecondsOfFirstStep(program, Path.Combine(folder.FullName, $"step-{start}"));
                if (start == 0)
                    continue;
                untilReady.Add(ready);
                firstStep.Add(step);
            }
            Show(report, untilReady, firstStep);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Show(Report report, List<double> untilReady, List<double> firstStep)
    {
        double[] sums = [.. untilReady.Zip(firstStep, (ready, step) => ready + step)];
        var table = new Table(1, "milliseconds", "median", "least", "most");
        AddRow("start of the process until all of MNIST is on the device", untilReady);
        AddRow($"first step, {Batch} images", firstStep);
        AddRow("start of the process to the end of the first step", sums);
        report.Show(table);
        report.Say(
            $"{sums.Length} starts of a published gpuvae on the CPU, its files in the system's cache. "
            + "The first step is timed in runs of one step.");

        void AddRow(string name, IReadOnlyList<double> seconds) =>
            table.Add(
                name, Format.Number(1e3 * Statistics.Median(seconds)), Format.Number(1e3 * seconds.Min()),
                Format.Number(1e3 * seconds.Max()));
    }

    private static double SecondsUntilReady(string program, string folder)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Start(program, folder);
        while (process.StandardOutput.ReadLine() is string line)
        {
            if (!line.TrimStart().StartsWith(Heading, StringComparison.Ordinal))
                continue;
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            process.Kill();
            process.WaitForExit();
            return seconds;
        }
        throw new UserException($"{program}: ended before it began to train; what it wrote is above");
    }

    private static double SecondsOfFirstStep(string program, string folder)
    {
        using Process process = Start(program, folder, "--limit", $"{Batch}");
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new UserException($"{program}: ended with exit code {process.ExitCode}; what it wrote is above");
        using JsonDocument metrics = JsonDocument.Parse(File.ReadLines(Path.Combine(folder, "metrics.jsonl")).First());
        return metrics.RootElement.GetProperty("seconds").GetDouble();
    }

    private static Process Start(string program, string folder, params IEnumerable<string> more) =>
        Process.Start(new ProcessStartInfo(
            program, ["train", "--device", "cpu", "--epochs", "1", "--batch", $"{Batch}", "--out", folder, .. more])
        {
            RedirectStandardOutput = true,
        })!;

    private static string Publish(string folder)
    {
        string project = Path.Combine(Repository.FindPath(), "src", "GpuVae.Console");
        Console.WriteLine($"Publishing {project} to {folder}");
        Repository.Make(
            "publish", project, "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", "false", "-o", folder);
        return Path.Combine(folder, OperatingSystem.IsWindows() ? "gpuvae.exe" : "gpuvae");
    }
}
