using ScottPlot;

namespace GpuVae.Imaging;

/// <summary>Plots codes as points of a plane, coloured by their class.</summary>
public static class CodeScatter
{
    // From here on points are drawn small and sheer, so that a crowd shows where it is dense.
    private const int Crowd = 1000;

    private static readonly Color[] fewColors = new ScottPlot.Palettes.Category10().Colors;
    private static readonly Color[] manyColors = new ScottPlot.Palettes.Category20().Colors;

    /// <summary>Writes the plot as PNG; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="points">x and y of each code, as many as there are.</param>
    /// <param name="labels">The class of each, or null where there are none.</param>
    /// <param name="names">What the classes are called, or null.</param>
    /// <param name="axes">What lies along x and y.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(
        string path, (double[] X, double[] Y) points, IReadOnlyList<int>? labels, IReadOnlyList<string>? names,
        (string X, string Y) axes)
    {
        int[] classes = labels is null ? [0] : [.. labels.Distinct().Order()];
        Color[] palette = classes.Length <= fewColors.Length ? fewColors : manyColors;
        using var plot = new Plot();
        for (int i = 0; i < classes.Length; i++)
        {
            int[] members =
                [.. Enumerable.Range(0, points.X.Length).Where(point => labels is null || labels[point] == classes[i])];
            var cloud = plot.Add.ScatterPoints(
                Array.ConvertAll(members, point => points.X[point]), Array.ConvertAll(members, point => points.Y[point]));
            Color color = palette[i % palette.Length];
            cloud.MarkerShape = MarkerShape.FilledCircle;
            cloud.MarkerSize = points.X.Length > Crowd ? 4 : 7;
            cloud.Color = color.WithAlpha(points.X.Length > Crowd ? 0.45 : 0.75);

            // The legend shows a point as it is, and one of a crowd is too faint to tell its colour.
            if (labels is not null)
                plot.Legend.ManualItems.Add(Entry(names?[classes[i]] ?? $"{classes[i]}", color));
        }
        PlotStyle.Apply(plot, axes.X, axes.Y, Alignment.UpperRight);
        if (labels is null)
            plot.HideLegend();
        else
            plot.ShowLegend(Edge.Right);
        PlotStyle.Write(plot, path);
    }

    private static LegendItem Entry(string name, Color color) => new()
    {
        LabelText = name,
        MarkerShape = MarkerShape.FilledCircle,
        MarkerSize = 9,
        MarkerColor = color,
    };
}
