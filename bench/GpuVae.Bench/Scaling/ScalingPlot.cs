using System.Globalization;
using GpuVae.Imaging;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace GpuVae.Bench.Scaling;

/// <summary>
/// Two pictures side by side with logarithmic axes: seconds against images, with the fitted line, and against width.
/// </summary>
internal static class ScalingPlot
{
    private const int Width = 1200;
    private const int Height = 500;

    private static readonly Color _measured = Color.FromHex("#1f77b4");
    private static readonly Color _fitted = Color.FromHex("#d95f02");

    /// <summary>Writes the picture; <paramref name="factor"/>·images^<paramref name="exponent"/> is the fitted line.</summary>
    public static void Write(
        FileInfo file, IReadOnlyList<(double X, double Seconds)> byImages,
        IReadOnlyList<(double X, double Seconds)> byWidth, double exponent, double factor)
    {
        var multiplot = new Multiplot();
        multiplot.AddPlots(2);
        multiplot.Layout = new ScottPlot.MultiplotLayouts.Columns();

        Plot left = multiplot.GetPlot(0);
        double[] fitted = [.. byImages.Select(point => factor * Math.Pow(point.X, exponent))];
        var line = left.Add.ScatterLine(
            Logarithms(byImages.Select(point => point.X)), Logarithms(fitted), _fitted);
        line.LegendText = string.Create(CultureInfo.InvariantCulture, $"images to the power {exponent:0.000}");
        line.LineWidth = 2;
        AddPoints(left, byImages, "images", showLegend: true);
        AddPoints(multiplot.GetPlot(1), byWidth, "width of the hidden layer", showLegend: false);
        file.Directory?.Create();
        multiplot.SavePng(file.FullName, Width, Height);
    }

    private static void AddPoints(
        Plot plot, IReadOnlyList<(double X, double Seconds)> points, string label, bool showLegend)
    {
        double[] positions = Logarithms(points.Select(point => point.X));
        var markers = plot.Add.ScatterPoints(positions, Logarithms(points.Select(point => point.Seconds)), _measured);
        markers.MarkerSize = 10;
        markers.LegendText = "measured";
        plot.XLabel(label);
        plot.YLabel("seconds an epoch");
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            positions, [.. points.Select(point => point.X.ToString("N0", CultureInfo.InvariantCulture))]);
        plot.Axes.Left.TickGenerator = Decades(points.Min(point => point.Seconds), points.Max(point => point.Seconds));
        plot.Axes.Margins(0.1, 0.1);
        if (showLegend)
            plot.ShowLegend(Alignment.UpperLeft);
        else
            plot.HideLegend();
        ShippedFont.Set(plot);
    }

    // The library's axes are linear.
    private static double[] Logarithms(IEnumerable<double> values) => [.. values.Select(value => Math.Log10(value))];

    // 1, 2 and 5 of each power of ten.
    private static NumericManual Decades(double least, double most)
    {
        var ticks = new NumericManual();
        for (int power = (int)Math.Floor(Math.Log10(least)); power <= Math.Ceiling(Math.Log10(most)); power++)
        {
            foreach (int digit in (int[])[1, 2, 5])
            {
                double value = digit * Math.Pow(10, power);
                ticks.AddMajor(Math.Log10(value), value.ToString("G3", CultureInfo.InvariantCulture));
            }
        }
        return ticks;
    }
}
