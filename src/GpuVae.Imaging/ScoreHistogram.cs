using ScottPlot;
using ScottPlot.Plottables;

namespace GpuVae.Imaging;

/// <summary>Scores of one kind, for a histogram.</summary>
/// <param name="Name">What the legend calls them.</param>
/// <param name="Scores">Finite, or +∞ for an example without any probability.</param>
public sealed record ScoreSeries(string Name, IReadOnlyList<double> Scores);

/// <summary>Plots how often scores occur, one kind over another, and the threshold that is to part them.</summary>
/// <remarks>An infinite score has no place on the axis: the legend says how many of a kind there are beside those shown.</remarks>
public static class ScoreHistogram
{
    /// <summary>Intervals between the least and the greatest score.</summary>
    public const int Bins = 60;

    private static readonly Color[] _colors = [PlotStyle.First, PlotStyle.Second, Color.FromHex("#7f7f7f")];

    /// <summary>Writes the plot as PNG; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="series">One to three, with at least one score between them.</param>
    /// <param name="threshold">Where the line stands.</param>
    /// <param name="unit">What a score is, for the axis.</param>
    /// <exception cref="ArgumentException">There are no scores, or more than three series.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<ScoreSeries> series, double threshold, string unit)
    {
        ArgumentNullException.ThrowIfNull(series);
        if (series.Count > _colors.Length)
            throw new ArgumentException($"{series.Count} series; {_colors.Length} have colours.", nameof(series));
        double[] all = [.. series.SelectMany(kind => kind.Scores)];
        if (all.Length == 0)
            throw new ArgumentException("A histogram of no scores shows nothing.", nameof(series));
        double[] finite = [.. all.Where(double.IsFinite)];
        if (finite.Length == 0)
            finite = [double.IsFinite(threshold) ? threshold : 0];

        double first = finite.Min();
        double width = (finite.Max() - first) / Bins;
        if (width <= 0)
        {
            // All scores are one: a bin of its own in the middle of the others.
            width = Math.Max(Math.Abs(first), 1) / Bins;
            first -= width * Bins / 2;
        }

        using Plot plot = ShippedFont.NewPlot();
        for (int i = 0; i < series.Count; i++)
            AddBars(plot, series[i], _colors[i], first, width);
        double end = first + (Bins * width);
        VerticalLine line = plot.Add.VerticalLine(
            double.IsFinite(threshold) ? threshold : end, width: 2, PlotStyle.Ink, LinePattern.Dashed);
        line.LegendText = FormattableString.Invariant($"threshold {threshold:G5}");
        PlotStyle.Apply(
            plot, unit, "examples", Alignment.UpperRight, FormattableString.Invariant($"Scores of {all.Length:N0} examples"));
        plot.Axes.Margins(horizontal: 0.03, vertical: 0.07);
        plot.Axes.AutoScale();
        double left = Math.Min(first, line.X), right = Math.Max(end, line.X);
        double margin = 0.03 * (right - left);
        plot.Axes.SetLimitsX(left - margin, right + margin);
        plot.Axes.SetLimitsY(0, plot.Axes.GetLimits().Top);
        PlotStyle.Write(plot, path);
    }

    /// <summary>The outline of the bars as one shape, see-through so that the other kind shows behind it.</summary>
    private static void AddBars(Plot plot, ScoreSeries series, Color color, double first, double width)
    {
        int[] counts = new int[Bins];
        double[] shown = [.. series.Scores.Where(double.IsFinite)];
        foreach (double score in shown)
            counts[Math.Clamp((int)((score - first) / width), 0, Bins - 1)]++;
        var outline = new List<Coordinates> { new(first, 0) };
        for (int bin = 0; bin < Bins; bin++)
        {
            outline.Add(new Coordinates(first + (bin * width), counts[bin]));
            outline.Add(new Coordinates(first + ((bin + 1) * width), counts[bin]));
        }
        outline.Add(new Coordinates(first + (Bins * width), 0));
        Polygon bars = plot.Add.Polygon(outline.ToArray());
        bars.FillColor = color.WithAlpha(0.45);
        bars.LineColor = color;
        bars.LineWidth = 1.5f;
        int beyond = series.Scores.Count - shown.Length;
        bars.LegendText = FormattableString.Invariant($"{series.Name} ({shown.Length:N0}")
            + (beyond == 0 ? ")" : FormattableString.Invariant($", and {beyond:N0} at ∞)"));
    }
}
