using GpuVae.Reproductions;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae reproduce adbench</c>: detectors of many tables beside what is published of others.</summary>
internal static class AnomalyBenchmarkReport
{
    /// <summary>What it is called in <c>reproduce</c>.</summary>
    public const string Name = "adbench";

    /// <summary>Its line in the list of what can be reproduced.</summary>
    public static IReadOnlyList<string> Summary { get; } =
    [
        Name, "anomalies in ADBench's tables, with the same defaults for all of them: areas under the ROC curve",
        "Livernoche et al. 2024 (vicliv/DTE)",
    ];

    /// <summary>Measures every table, a line each, and the mean.</summary>
    /// <param name="folder">Where the tables lie.</param>
    /// <param name="setting">What training sees.</param>
    /// <param name="seeds">How many, from 0.</param>
    /// <param name="measured">Takes them for programs.</param>
    /// <returns>The exit code.</returns>
    public static int Write(string folder, AnomalyBenchmarkSetting setting, int seeds, Action<IReadOnlyList<AnomalyBenchmarkRow>> measured)
    {
        IReadOnlyList<string> tables = AnomalyBenchmark.Tables(folder);
        ulong[] numbers = [.. Enumerable.Range(0, seeds).Select(seed => (ulong)seed)];
        using var interruption = new Interruption();
        interruption.BeginSaving();
        List<AnomalyBenchmarkRow> rows = [];
        using (var progress = new ProgressLine(tables.Count, "tables"))
        {
            foreach (string table in tables)
            {
                try
                {
                    rows.Add(AnomalyBenchmark.Measure(table, setting, numbers, interruption.Token));
                }
                catch (OperationCanceledException)
                {
                    Failure.WriteLine(ReportText.Text($"interrupted after {rows.Count} of {tables.Count} tables"));
                    return interruption.ExitCode;
                }

                progress.Report(rows.Count);
            }
        }

        TextTable.Write(
            ["table", "rows", "columns", "anomalies", "ours", "least", "most", "PCA"],
            [.. rows.Select(Line), ["mean", "", "", "", Mean(row => row.RocAuc), "", "", Mean(row => row.PrincipalComponents)]],
            numbers: [1, 2, 3, 4, 5, 6, 7]);
        Console.Out.WriteLine();
        WrappedText.Write(Console.Out, Explanation(setting, seeds), indent: 0, firstIndent: 0, WrappedText.Width);
        measured(rows);
        return ExitCode.Done;

        string Mean(Func<AnomalyBenchmarkRow, IReadOnlyList<double>> areas) =>
            ReportText.Text($"{rows.Average(row => areas(row).Average()):F1}");
    }

    private static string[] Line(AnomalyBenchmarkRow row) =>
    [
        row.Name, ReportText.Text($"{row.Rows:N0}"), ReportText.Text($"{row.Columns:N0}"),
        ReportText.Text($"{100.0 * row.Anomalies / row.Rows:F1} %"), Area(row.RocAuc.Average()), Area(row.RocAuc.Min()),
        Area(row.RocAuc.Max()), Area(row.PrincipalComponents.Average()),
    ];

    private static string Area(double percent) => ReportText.Text($"{percent:F1}");

    private static string Explanation(AnomalyBenchmarkSetting setting, int seeds) =>
        "areas under the ROC curve in per cent, the mean of " + (seeds == 1 ? "1 seed" : ReportText.Text($"{seeds} seeds")) +
        (setting == AnomalyBenchmarkSetting.Semi
            ? "; half of the normal rows train, all other rows are judged"
            : "; rows drawn with replacement train, anomalies among them, and all rows are judged") +
        "; PCA is measured here, on the same rows. Published means over 22 of the tables, with divisions of the authors' own: " +
        string.Join(", ", AnomalyBenchmark.Published(setting).Select(each => ReportText.Text($"{each.Method} {each.RocAuc:F1}")));
}
