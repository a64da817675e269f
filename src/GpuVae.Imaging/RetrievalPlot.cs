using ScottPlot;

namespace GpuVae.Imaging;

/// <summary>Plots precision over recall for two ways to search, a point for each Hamming radius.</summary>
public static class RetrievalPlot
{
    /// <summary>Writes the plot as PNG; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="name">What the legend calls the first curve.</param>
    /// <param name="curve">A point for each Hamming radius; where nothing was retrieved it is not finite and left out.</param>
    /// <param name="baselineName">What the legend calls the second curve.</param>
    /// <param name="baseline">What the first is compared with.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(
        string path, string name, IReadOnlyList<(double Recall, double Precision)> curve, string baselineName,
        IReadOnlyList<(double Recall, double Precision)> baseline)
    {
        ArgumentNullException.ThrowIfNull(curve);
        ArgumentNullException.ThrowIfNull(baseline);
        using Plot plot = ShippedFont.NewPlot();
        AddCurve(plot, name, curve, PlotStyle.First, MarkerShape.FilledCircle);
        AddCurve(plot, baselineName, baseline, PlotStyle.Second, MarkerShape.FilledSquare);
        PlotStyle.Apply(
            plot, "recall", "precision", Alignment.UpperRight, "Precision over recall, a point for each Hamming radius");
        plot.Axes.SetLimits(-0.02, 1.02, -0.02, 1.05);
        PlotStyle.Write(plot, path);
    }

    private static void AddCurve(
        Plot plot, string name, IReadOnlyList<(double Recall, double Precision)> points, Color color, MarkerShape marker)
    {
        (double Recall, double Precision)[] shown =
            [.. points.Where(point => double.IsFinite(point.Precision) && double.IsFinite(point.Recall))];
        if (shown.Length == 0)
            return;
        var curve = plot.Add.Scatter(
            Array.ConvertAll(shown, point => point.Recall), Array.ConvertAll(shown, point => point.Precision), color);
        curve.LegendText = name;
        curve.LineWidth = 2;
        curve.MarkerShape = marker;
        curve.MarkerSize = 7;
    }
}
