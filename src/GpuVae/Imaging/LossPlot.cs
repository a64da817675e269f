using GpuVae.Files;
using GpuVae.Training;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace GpuVae.Imaging;

/// <summary>Plots the training and test loss over the epochs.</summary>
public static class LossPlot
{
    private const int Width = 900;
    private const int Height = 540;

    /// <summary>Writes the plot as PNG; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="epochs">At least one. A loss that is not finite has no point.</param>
    /// <exception cref="ArgumentException">There are no epochs.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<EpochMetrics> epochs)
    {
        ArgumentNullException.ThrowIfNull(epochs);
        if (epochs.Count == 0)
            throw new ArgumentException("A plot of no epochs shows nothing.", nameof(epochs));
        using var plot = new Plot();
        AddCurve(plot, epochs, epoch => epoch.TrainLoss, "train", Color.FromHex("#1f77b4"), MarkerShape.FilledCircle);
        AddCurve(plot, epochs, epoch => epoch.TestLoss, "test", Color.FromHex("#d95f02"), MarkerShape.FilledSquare);
        Style(plot);
        SetHorizontalAxis(plot, epochs);
        byte[] png = plot.GetImageBytes(Width, Height, ImageFormat.Png);
        AtomicFile.Write(path, stream => stream.Write(png));
    }

    private static void AddCurve(
        Plot plot, IReadOnlyList<EpochMetrics> epochs, Func<EpochMetrics, double> loss, string name, Color color,
        MarkerShape marker)
    {
        EpochMetrics[] shown = [.. epochs.Where(epoch => double.IsFinite(loss(epoch)))];
        if (shown.Length == 0)
            return;
        var curve = plot.Add.Scatter(
            Array.ConvertAll(shown, epoch => (double)epoch.Epoch), Array.ConvertAll(shown, epoch => loss(epoch)), color);
        curve.LegendText = name;
        curve.LineWidth = 2.5f;
        curve.MarkerShape = marker;
        curve.MarkerSize = 8;
    }

    private static void Style(Plot plot)
    {
        plot.FigureBackground.Color = Colors.White;
        plot.DataBackground.Color = Colors.White;
        plot.Grid.MajorLineColor = Color.FromHex("#e6e6e6");
        plot.XLabel("epoch", size: 18);
        plot.YLabel("nats per image", size: 18);
        plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Left.Label.Bold = false;
        plot.Axes.Bottom.TickLabelStyle.FontSize = 15;
        plot.Axes.Left.TickLabelStyle.FontSize = 15;
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Top.FrameLineStyle.Width = 0;
        Legend legend = plot.ShowLegend(Alignment.UpperRight);
        legend.FontSize = 16;
        legend.OutlineColor = Color.FromHex("#cccccc");
        legend.ShadowColor = Colors.Transparent;
    }

    private static void SetHorizontalAxis(Plot plot, IReadOnlyList<EpochMetrics> epochs)
    {
        int first = epochs.Min(epoch => epoch.Epoch);
        int last = epochs.Max(epoch => epoch.Epoch);
        plot.Axes.Margins(horizontal: 0.04, vertical: 0.08);
        plot.Axes.AutoScale();
        if (first == last)
            plot.Axes.SetLimitsX(first - 1, last + 1);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true, MinimumTickSpacing = 40 };
    }
}
