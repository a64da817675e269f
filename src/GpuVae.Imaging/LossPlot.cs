using ScottPlot;
using ScottPlot.TickGenerators;

namespace GpuVae.Imaging;

/// <summary>Plots the training and test loss over the epochs.</summary>
public static class LossPlot
{
    // With more epochs than this markers would touch and hide the line.
    private const int MostMarkers = 40;

    /// <summary>Writes the plot as PNG; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="epochs">At least one. A loss that is not finite has no point.</param>
    /// <param name="unit">What a loss is counted in, for the axis.</param>
    /// <exception cref="ArgumentException">There are no epochs.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<LossPoint> epochs, string unit = "nats per image")
    {
        ArgumentNullException.ThrowIfNull(epochs);
        if (epochs.Count == 0)
            throw new ArgumentException("A plot of no epochs shows nothing.", nameof(epochs));
        using Plot plot = ShippedFont.NewPlot();
        AddCurve(plot, epochs, epoch => epoch.TrainLoss, "train", PlotStyle.First, MarkerShape.FilledCircle);
        AddCurve(plot, epochs, epoch => epoch.TestLoss, "test", PlotStyle.Second, MarkerShape.FilledSquare);
        PlotStyle.Apply(plot, "epoch", unit, Alignment.UpperRight, "Loss over the epochs");
        SetAxes(plot, epochs);
        PlotStyle.Write(plot, path);
    }

    private static void AddCurve(
        Plot plot, IReadOnlyList<LossPoint> epochs, Func<LossPoint, double> loss, string name, Color color,
        MarkerShape marker)
    {
        LossPoint[] shown = [.. epochs.Where(epoch => double.IsFinite(loss(epoch)))];
        if (shown.Length == 0)
            return;
        double[] x = Array.ConvertAll(shown, epoch => (double)epoch.Epoch);
        double[] y = Array.ConvertAll(shown, epoch => loss(epoch));
        var curve = plot.Add.Scatter(x, y, color);
        curve.LegendText = name;
        curve.LineWidth = 2;
        curve.MarkerShape = marker;
        curve.MarkerSize = shown.Length <= MostMarkers ? 8 : 0;
    }

    private static void SetAxes(Plot plot, IReadOnlyList<LossPoint> epochs)
    {
        int first = epochs.Min(epoch => epoch.Epoch);
        int last = epochs.Max(epoch => epoch.Epoch);
        plot.Axes.Margins(horizontal: 0.03, vertical: 0.07);
        plot.Axes.AutoScale();
        if (first == last)
            plot.Axes.SetLimitsX(first - 0.5, last + 0.5);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true, MinimumTickSpacing = 40 };
    }
}
