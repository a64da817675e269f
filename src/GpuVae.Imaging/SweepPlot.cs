using ScottPlot;
using ScottPlot.TickGenerators;

namespace GpuVae.Imaging;

/// <summary>Plots a figure of many runs over the values of a setting: a point for each run, lines through the means.</summary>
public static class SweepPlot
{
    private const int LongestLabel = 18;

    /// <summary>Writes the plot as PNG; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="setting">What the x axis is called.</param>
    /// <param name="values">What stands below it, from left to right at equal distances.</param>
    /// <param name="series">
    /// A line each: its name, empty where there is one alone, and for each of <paramref name="values"/> the figures of its runs;
    /// one that is not finite is left out.
    /// </param>
    /// <param name="figure">What the figures are, such as test loss.</param>
    /// <param name="unit">Their unit.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(
        string path, string setting, IReadOnlyList<string> values,
        IReadOnlyList<(string Name, IReadOnlyList<IReadOnlyList<double>> Figures)> series, string figure, string unit)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(series);
        using Plot plot = ShippedFont.NewPlot();
        for (int i = 0; i < series.Count; i++)
            AddSeries(plot, series[i].Name, series[i].Figures, PlotStyle.Palette[i % PlotStyle.Palette.Count]);
        PlotStyle.Apply(plot, setting, $"{figure}, {unit}", Alignment.UpperRight, $"{figure} over {setting}");
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. Enumerable.Range(0, values.Count).Select(i => (double)i)], [.. values.Select(Label)]);
        plot.Axes.Margins(0.08, 0.12);
        if (series.All(line => line.Name.Length == 0))
            plot.HideLegend();
        PlotStyle.Write(plot, path);
    }

    private static void AddSeries(Plot plot, string name, IReadOnlyList<IReadOnlyList<double>> figures, Color color)
    {
        List<Coordinates> runs = [], means = [];
        for (int i = 0; i < figures.Count; i++)
        {
            double[] finite = [.. figures[i].Where(double.IsFinite)];
            runs.AddRange(finite.Select(value => new Coordinates(i, value)));
            if (finite.Length > 0)
                means.Add(new Coordinates(i, finite.Average()));
        }
        if (runs.Count == 0)
            return;
        var points = plot.Add.ScatterPoints(runs.ToArray(), color.WithAlpha(0.5));
        points.MarkerSize = 7;
        var line = plot.Add.Scatter(means.ToArray(), color);
        line.LineWidth = 2;
        line.MarkerShape = MarkerShape.HorizontalBar;
        line.MarkerSize = 14;
        line.LegendText = name;
    }

    private static string Label(string value) => value.Length <= LongestLabel ? value : $"{value[..(LongestLabel - 1)]}…";
}
