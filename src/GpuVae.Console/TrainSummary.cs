using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>What a run came to: a small table, and the files that it wrote.</summary>
internal static partial class TrainSummary
{
    /// <summary>Writes both to stdout.</summary>
    /// <param name="result">What it came to.</param>
    /// <param name="data">What it was trained on.</param>
    /// <param name="folder">Where its files are.</param>
    /// <param name="hasPrior">Whether KL is a part of the loss.</param>
    public static void Write(RunResult result, Dataset data, string folder, bool hasPrior)
    {
        Console.Out.WriteLine();
        if (result.Epochs.Count > 0)
        {
            WriteTable(result, data.Test, hasPrior);
            Console.Out.WriteLine();
        }

        Console.Out.WriteLine($"written to {folder}");
        foreach (string line in Collapse(result.Files.Select(file => Path.GetRelativePath(folder, file))))
        {
            Console.Out.WriteLine($"  {line}");
        }

        if (result.EpochsWithoutPictures > 0)
        {
            int without = result.EpochsWithoutPictures;
            WrappedText.WriteLine(ReportText.Text(
                $"no pictures of {without:N0} epoch{(without == 1 ? "" : "s")}, which would take more than a tenth of the time; --pictures all draws each"));
        }
    }

    /// <summary>Writes what it came to for programs: as <c>runs</c> has it, with how it ended and what might be done better.</summary>
    /// <param name="json">Takes one object.</param>
    /// <param name="result">What it came to.</param>
    /// <param name="run">Its folder, read again.</param>
    public static void WriteJson(Utf8JsonWriter json, RunResult result, RunRecord run)
    {
        json.WriteStartObject();
        RunFigures.Write(json, run);
        json.WriteString("ending", JsonNamingPolicy.SnakeCaseLower.ConvertName($"{result.Ending}"));
        json.WriteNumber("steps_now", result.Steps);
        json.WriteFinite("mean_squared_error", result.MeanSquaredError);
        json.WriteTexts("advice", result.Advice);
        json.WriteEndObject();
    }

    private static void WriteTable(RunResult result, ImageSet test, bool hasPrior)
    {
        EpochMetrics last = result.Epochs[^1];
        double seconds = result.Epochs.Sum(epoch => epoch.Seconds);
        double examples = result.Epochs.Sum(epoch => epoch.Seconds * epoch.ImagesPerSecond);
        string example = ReportText.ExampleOf(test), nats = $"nats per {example}";
        List<string[]> lines =
        [
            ["train loss", ReportText.Loss(last.TrainLoss), nats],
            ["test loss", ReportText.Loss(last.TestLoss), nats],
        ];
        if (hasPrior)
        {
            // Bits are those of the bound on −log p(x), as evaluate has them, whatever weight KL had.
            double bits = last.NegativeElbo / (test.Variables * Math.Log(2));
            lines.Add(["  reconstruction", ReportText.Loss(last.Reconstruction), nats]);
            lines.Add(["  KL divergence", ReportText.Loss(last.Kl), nats]);
            lines.Add(Line("bits per dimension", $"{bits:F4}", "of −ELBO"));
        }
        else if (last.BitsPerDimension is double bits)
        {
            lines.Add(Line("bits per dimension", $"{bits:F4}", "of reconstruction"));
        }

        foreach ((string name, double value) in last.OtherTerms)
        {
            if (SimilarityTerm.LabelOf(name) is string label)
            {
                lines.Add(Line(label, $"{value:F4}", "of the test set; the loss with it bounds nothing"));
            }
        }

        // The error is that of the weights as they are, which may be those of the middle of a later epoch.
        if (last.Epoch == result.Epoch && !double.IsNaN(result.MeanSquaredError))
        {
            lines.Add(Line("mean squared error", $"{result.MeanSquaredError:F5}", $"{ReportText.PerNumber(test)} of the test set"));
        }

        if (last.Sigma is double sigma)
        {
            lines.Add(Line("learned sigma", $"{sigma:G4}", ReportText.PerAll(test)));
        }

        lines.Add(Line("training", $"{seconds:F2}", "seconds"));
        lines.Add(Line("throughput", $"{examples / seconds:N0}", $"{example}s per second"));
        TextTable.Write(["after epoch", ReportText.Text($"{last.Epoch}"), ""], lines, numbers: 1);
    }

    private static string[] Line(string name, FormattableString value, string unit) =>
        [name, ReportText.Text(value), unit];

    /// <summary>One line for the files that differ in the epoch only: <c>images/samples-0001…0010.png</c>.</summary>
    internal static IEnumerable<string> Collapse(IEnumerable<string> files) => files
        .GroupBy(file => EpochNumber().Replace(file, "-#."))
        .Select(group => group.Order(StringComparer.Ordinal).ToArray())
        .Select(group => group.Length == 1
            ? group[0]
            : group[0].Replace(".png", $"…{NumberOf(group[^1])}.png", StringComparison.Ordinal)
                // Epochs between, which have no picture, are not in the range.
                + (Number(group[^1]) - Number(group[0]) + 1 == group.Length ? "" : ReportText.Text($" ({group.Length} files)")));

    private static string NumberOf(string file) => EpochNumber().Match(file).Groups[1].Value;

    private static int Number(string file) => int.Parse(NumberOf(file), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"-(\d{4,})\.")]
    private static partial Regex EpochNumber();
}
