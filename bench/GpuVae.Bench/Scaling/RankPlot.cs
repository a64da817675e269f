using System.Globalization;
using GpuVae.Imaging;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace GpuVae.Bench.Scaling;

/// <summary>What many ranks are predicted to gain: of one batch that they share, and of a batch that grows with them, side by side.</summary>
internal static class RankPlot
{
    private const int Width = 1200;
    private const int Height = 500;

    private static readonly Color[] _colors = [Color.FromHex("#1f77b4"), Color.FromHex("#d95f02"), Color.FromHex("#1b9e77"), Color.FromHex("#7570b3")];

    /// <summary>Writes the picture.</summary>
    /// <param name="file">The file.</param>
    /// <param name="models">Of each model its name and, by ranks, the efficiencies from 0 to 1.</param>
    public static void Write(FileInfo file, IReadOnlyList<(string Name, IReadOnlyList<(int Ranks, double Same, double Growing)> Points)> models)
    {
        var multiplot = new Multiplot();
        multiplot.AddPlots(2);
        multiplot.Layout = new ScottPlot.MultiplotLayouts.Columns();
        Add(multiplot.GetPlot(0), "the same batch of all ranks", point => point.Same);
        Add(multiplot.GetPlot(1), "the same part of a batch of each rank", point => point.Growing);
        file.Directory?.Create();
        multiplot.SavePng(file.FullName, Width, Height);

        void Add(Plot plot, string title, Func<(int Ranks, double Same, double Growing), double> efficiency)
        {
            for (int i = 0; i < models.Count; i++)
            {
                (string name, var points) = models[i];
                var line = plot.Add.Scatter(
                    points.Select(point => Math.Log2(point.Ranks)).ToArray(), points.Select(point => 100 * efficiency(point)).ToArray(),
                    _colors[i % _colors.Length]);
                (line.LegendText, line.LineWidth, line.MarkerSize) = (name, 2, 8);
            }
            int[] ranks = [.. models[0].Points.Select(point => point.Ranks)];
            plot.Title(title);
            plot.XLabel("ranks, predicted");
            plot.YLabel("efficiency, %");
            plot.Axes.Bottom.TickGenerator = new NumericManual(
                [.. ranks.Select(count => Math.Log2(count))], [.. ranks.Select(count => count.ToString("N0", CultureInfo.InvariantCulture))]);
            plot.Axes.SetLimitsY(0, 105);
            plot.ShowLegend(Alignment.LowerLeft);
            ShippedFont.Set(plot);
        }
    }
}
