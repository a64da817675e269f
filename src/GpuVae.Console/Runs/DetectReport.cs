using GpuVae.Evaluation;

namespace GpuVae.CommandLine;

/// <summary>The tables of <c>detect</c>.</summary>
internal static class DetectReport
{
    /// <summary>Writes the confusion matrix and what follows from it to stdout.</summary>
    public static void Write(DetectionQuality detection, PositiveClass positive)
    {
        ConfusionMatrix matrix = detection.Confusion;
        string name = positive.Name, other = positive.OtherName;
        int unlabelled = positive.IsPositive.Count(known => known is null);
        string without = unlabelled switch
        {
            0 => "",
            1 => "; 1 example without a label takes no part in these figures",
            _ => ReportText.Text($"; {unlabelled:N0} examples without a label take no part in these figures"),
        };
        WrappedText.WriteLine($"positive class: {name}{without}");
        Console.Out.WriteLine();
        TextTable.Write(
            ["the example is", "and was taken for", "examples"],
            [
                [name, name, ReportText.Text($"{matrix.TruePositives:N0}")],
                [name, other, ReportText.Text($"{matrix.FalseNegatives:N0}")],
                [other, name, ReportText.Text($"{matrix.FalsePositives:N0}")],
                [other, other, ReportText.Text($"{matrix.TrueNegatives:N0}")],
            ],
            numbers: 2);
        Console.Out.WriteLine();
        TextTable.Write(
            ["", ""],
            [
                ["accuracy", Text(matrix.Accuracy)],
                ["precision", Text(matrix.Precision)],
                ["recall", Text(matrix.Recall)],
                ["F1", Text(matrix.F1)],
                ["ROC AUC", Text(detection.RocAuc)],
                ["average precision", Text(detection.AveragePrecision)],
            ],
            numbers: 1);
        Console.Out.WriteLine();
        if (detection.RocAuc < 0.5)
        {
            string relation = positive.IsNormal ? "higher" : "lower";
            WrappedText.WriteLine(
                $"a ROC AUC below 0.5: the scores run the other way, for {name} score {relation} than {other}; the model " +
                "expects what it was trained on: choose that with --train-labels, or what is strange with --positive");
            Console.Out.WriteLine();
        }
    }

    /// <summary>Writes how well the scores of pixels find defects.</summary>
    /// <param name="exact">As they are.</param>
    /// <param name="smoothed">As heat maps have them.</param>
    /// <param name="source">Where the defects come from.</param>
    public static void Write(PixelQuality exact, PixelQuality smoothed, string source)
    {
        WrappedText.WriteLine(ReportText.Text($"pixels, by {source} with {exact.Regions:N0} defects:"));
        Console.Out.WriteLine();
        TextTable.Write(
            ["", "as they are", "smoothed"],
            [
                ["ROC AUC of pixels", Text(exact.RocAuc), Text(smoothed.RocAuc)],
                ["PRO up to 0.3 false positives", Text(exact.Pro), Text(smoothed.Pro)],
            ],
            numbers: 1);
        Console.Out.WriteLine();
    }

    /// <summary>A ratio of nothing has no value.</summary>
    private static string Text(double ratio) => double.IsNaN(ratio) ? "none" : ReportText.Text($"{ratio:F4}");
}
