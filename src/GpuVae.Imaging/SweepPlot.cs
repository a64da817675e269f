using ScottPlot;
using ScottPlot.TickGenerators;

namespace GpuVae.Imaging;

/// <summary>The figure of a run in a <see cref="SweepPlot"/>.</summary>
/// <param name="Value">The figure; one that is not finite is left out.</param>
/// <param name="IsWhole">Whether the run was not ended early.</param>
public readonly record struct SweepFigure(double Value, bool IsWhole);

/// <summary>
/// Plots a figure of many runs over the values of a setting: a dot for each run, a ring for one that ended early, and of several whole
/// runs the mean with their standard deviation. Means are joined where the values are numbers.
/// </summary>
public static class SweepPlot
{
    private const int LongestLabel = 18;
    private const int LongestNote = 110;
    private const int LegendPadding = 8;

    /// <summary>How far colours stand apart where they would lie on each other, in distances of values.</summary>
    private const double Apart = 0.08;

    /// <summary>Writes the plot as PNG; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="setting">What the x axis is called.</param>
    /// <param name="values">What stands below it, from left to right at equal distances.</param>
    /// <param name="isScale">Whether there is something between two values, so that lines join them.</param>
    /// <param name="series">A colour each: its name, empty where there is one alone, and for each of <paramref name="values"/> the figures of its runs.</param>
    /// <param name="figure">What the figures are, such as test loss.</param>
    /// <param name="unit">Their unit.</param>
    /// <param name="notes">Sentences below the axis.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(
        string path, string setting, IReadOnlyList<string> values, bool isScale,
        IReadOnlyList<(string Name, IReadOnlyList<IReadOnlyList<SweepFigure>> Figures)> series, string figure, string unit,
        IReadOnlyList<string> notes)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(notes);
        using Plot plot = ShippedFont.NewPlot();
        bool hasLegend = false;
        for (int i = 0; i < series.Count; i++)
        {
            double shift = (i - ((series.Count - 1) / 2.0)) * Math.Min(Apart, 0.6 / series.Count);
            hasLegend |= AddSeries(plot, series[i].Name, series[i].Figures, isScale, shift, PlotStyle.Palette[i % PlotStyle.Palette.Count]);
        }
        // A legend takes of the plot's width about as much as its longest name.
        int longest = hasLegend ? Math.Max(LongestNote / 3, LongestNote - LegendPadding - series.Max(line => line.Name.Length)) : LongestNote;
        PlotStyle.Apply(plot, string.Join('\n', [setting, .. notes.SelectMany(note => Lines(note, longest))]), $"{figure}, {unit}", Alignment.UpperRight, $"{figure} over {setting}");
        if (notes.Count > 0)
            plot.Axes.Bottom.Label.FontSize = 14;
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. Enumerable.Range(0, values.Count).Select(i => (double)i)], [.. values.Select(Label)]);
        plot.Axes.Margins(0.08, 0.12);
        // Beside the plot, where it hides no point.
        plot.HideLegend();
        if (hasLegend)
            plot.ShowLegend(Edge.Right);
        PlotStyle.Write(plot, path);
    }

    /// <summary>Draws one, and says whether it stands in the legend: not without a name, nor without a figure.</summary>
    private static bool AddSeries(
        Plot plot, string name, IReadOnlyList<IReadOnlyList<SweepFigure>> figures, bool isScale, double shift, Color color)
    {
        List<Coordinates> whole = [], early = [], means = [];
        List<double> deviations = [];
        for (int i = 0; i < figures.Count; i++)
        {
            double x = i + shift;
            double[] finite = [.. figures[i].Where(run => run.IsWhole && double.IsFinite(run.Value)).Select(run => run.Value)];
            whole.AddRange(finite.Select(value => new Coordinates(x, value)));
            early.AddRange(figures[i].Where(run => !run.IsWhole && double.IsFinite(run.Value)).Select(run => new Coordinates(x, run.Value)));
            if (finite.Length == 0)
                continue;
            double mean = finite.Average();
            means.Add(new Coordinates(x, mean));
            deviations.Add(finite.Length == 1 ? 0 : Math.Sqrt(finite.Sum(value => (value - mean) * (value - mean)) / (finite.Length - 1)));
        }
        if (means.Count > 0)
        {
            var line = plot.Add.Scatter(means.ToArray(), color);
            line.LineWidth = isScale ? 2 : 0;
            bool isSpread = deviations.Exists(deviation => deviation > 0);
            line.MarkerShape = isSpread ? MarkerShape.FilledSquare : MarkerShape.FilledCircle;
            line.MarkerSize = isSpread ? 9 : 7;
            line.LegendText = name;
        }
        if (deviations.Exists(deviation => deviation > 0))
        {
            var bars = plot.Add.ErrorBar([.. means.Select(mean => mean.X)], [.. means.Select(mean => mean.Y)], [.. deviations]);
            bars.Color = color;
            bars.LineWidth = 2;
            bars.CapSize = 6;
            Points(whole, MarkerShape.FilledCircle, color.WithAlpha(0.5));
        }
        Points(early, MarkerShape.OpenCircle, color, means.Count == 0 ? name : "");
        return name.Length > 0 && means.Count + early.Count > 0;

        void Points(List<Coordinates> places, MarkerShape shape, Color ink, string legend = "")
        {
            if (places.Count == 0)
                return;
            var points = plot.Add.ScatterPoints(places.ToArray(), ink);
            points.MarkerShape = shape;
            points.LegendText = legend;
            points.MarkerSize = 7;
        }
    }

    private static string Label(string value) => value.Length <= LongestLabel ? value : $"{value[..(LongestLabel - 1)]}…";

    /// <summary>A sentence in lines that fit below the plot.</summary>
    private static IEnumerable<string> Lines(string note, int longest)
    {
        while (note.Length > longest && note.LastIndexOf(' ', longest) is > 0 and int end)
        {
            yield return note[..end];
            note = note[(end + 1)..];
        }
        yield return note;
    }
}
