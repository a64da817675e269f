using System.Text.RegularExpressions;
using GpuVae.Data;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>What a run came to: a small table, and the files that it wrote.</summary>
internal static partial class TrainSummary
{
    /// <summary>Writes both to stdout.</summary>
    public static void Write(RunResult result, Dataset data, string folder)
    {
        Console.Out.WriteLine();
        if (result.Epochs.Count > 0)
        {
            WriteTable(result, data.Test.Dimensions);
            Console.Out.WriteLine();
        }

        Console.Out.WriteLine($"written to {folder}");
        foreach (string line in Collapse(result.Files.Select(file => Path.GetRelativePath(folder, file))))
        {
            Console.Out.WriteLine($"  {line}");
        }
    }

    private static void WriteTable(RunResult result, int dimensions)
    {
        EpochMetrics last = result.Epochs[^1];
        double seconds = result.Epochs.Sum(epoch => epoch.Seconds);
        double images = result.Epochs.Sum(epoch => epoch.Seconds * epoch.ImagesPerSecond);
        double bitsPerDimension = last.TestLoss / (dimensions * Math.Log(2));
        List<string[]> lines =
        [
            Line("train loss", $"{last.TrainLoss:F2}", "nats per image"),
            Line("test loss", $"{last.TestLoss:F2}", "nats per image"),
            Line("  reconstruction", $"{last.Reconstruction:F2}", "nats per image"),
            Line("  KL divergence", $"{last.Kl:F2}", "nats per image"),
            Line("test loss", $"{bitsPerDimension:F4}", "bits per dimension"),
            Line("mean squared error", $"{result.MeanSquaredError:F5}", "per pixel of the test set"),
            Line("training", $"{seconds:F2}", "seconds"),
            Line("throughput", $"{images / seconds:N0}", "images per second"),
        ];
        // The error is that of the weights as they are, which may be those of the middle of a later epoch.
        if (last.Epoch != result.Epoch)
        {
            lines.RemoveAll(line => line[0] == "mean squared error");
        }

        TextTable.Write(["after epoch", ReportText.Text($"{last.Epoch}"), ""], [.. lines], numbers: 1);
    }

    private static string[] Line(string name, FormattableString value, string unit) =>
        [name, ReportText.Text(value), unit];

    /// <summary>One line for the files that differ in the epoch only: <c>images/samples-0001…0010.png</c>.</summary>
    private static IEnumerable<string> Collapse(IEnumerable<string> files) => files
        .GroupBy(file => EpochNumber().Replace(file, "-#."))
        .Select(group => group.Order(StringComparer.Ordinal).ToArray())
        .Select(group => group.Length == 1
            ? group[0]
            : group[0].Replace(".png", $"…{EpochNumber().Match(group[^1]).Groups[1].Value}.png", StringComparison.Ordinal));

    [GeneratedRegex(@"-(\d{4,})\.")]
    private static partial Regex EpochNumber();
}
