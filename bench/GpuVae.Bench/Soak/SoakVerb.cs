using System.Diagnostics;
using System.Globalization;
using GpuVae.Bench.Reports;
using GpuVae.Tests.Support;

namespace GpuVae.Bench.Soak;

/// <summary><c>soak</c>: whether the memory of a long run stays flat.</summary>
internal static class SoakVerb
{
    private const double MostGrowth = 0.05;
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    /// <param name="report">Where the table goes.</param>
    /// <param name="minutes">How long.</param>
    /// <returns>
    /// Growth of the resident memory from the first full minute after a measurement to the last minute, as a fraction:
    /// before it the program has not drawn a picture or written a checkpoint yet, and much of it is not loaded.
    /// </returns>
    /// <exception cref="UserException">The run failed.</exception>
    public static double Execute(Report report, int minutes)
    {
        string console = Path.Combine(Repository.FindPath(), "src", "GpuVae.Console");
        Repository.Make("build", console);
        string program = Path.Combine(console, "bin", "Release", "net10.0", "gpuvae.dll");
        report.Say(
            $"gpuvae train on MNIST for {minutes} minutes with a checkpoint each minute, measured every 5 epochs; resident "
            + "memory as the system counts it, each minute.");
        using var folder = new TemporaryFolder();
        using Process process = Process.Start(new ProcessStartInfo(Repository.DotnetHost,
        [
            program, "train", "--device", "cpu", "--epochs", "1000000", "--evaluate-every", "5", "--checkpoint-every",
            "1m", "--max-time", $"{minutes}m", "--out", folder.File("run"),
        ])
        { RedirectStandardOutput = true })!;
        int epochs = 0;
        process.OutputDataReceived += (_, line) => epochs += IsEpoch(line.Data) ? 5 : 0;
        process.BeginOutputReadLine();

        var table = new Table(0, "minute", "resident MB", "epochs");
        var samples = new List<double>();
        int? first = null;
        var clock = Stopwatch.StartNew();
        while (!process.WaitForExit(_interval * (samples.Count + 1) - clock.Elapsed))
        {
            process.Refresh();
            double resident = process.WorkingSet64 / 1e6;
            if (epochs > 0 && samples.Count > 0)
                first ??= samples.Count;
            samples.Add(resident);
            table.Add($"{samples.Count}", resident.ToString("F1", CultureInfo.InvariantCulture), $"{epochs}");
            Console.WriteLine($"minute {samples.Count}: {resident:F1} MB, {epochs} epochs");
        }
        if (process.ExitCode != 0 || first is not int start)
            throw new UserException($"the run ended with exit code {process.ExitCode} after {samples.Count} minutes");
        double growth = (samples[^1] / samples[start]) - 1;
        report.Show(table);
        report.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"From minute {start + 1}, the first full one after a measurement, to the last: {100 * growth:+0.0;-0.0} %; most "
            + $"{samples.Max():F1} MB."));
        return growth;
    }

    /// <exception cref="UserException">It grew too much.</exception>
    public static void Require(double growth)
    {
        if (growth > MostGrowth)
            throw new UserException($"resident memory grew by {100 * growth:F1} %; {100 * MostGrowth:F0} % are allowed");
    }

    private static bool IsEpoch(string? line) =>
        line is not null && line.Length > 5 && int.TryParse(line.AsSpan(0, 5), out _);
}
