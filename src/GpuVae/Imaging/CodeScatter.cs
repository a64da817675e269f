using ScottPlot;

namespace GpuVae.Imaging;

/// <summary>Plots codes as points of a plane, coloured by their class.</summary>
public static class CodeScatter
{
    // With more points than this they are drawn small and see-through, so that it shows where they are dense.
    private const int ManyPoints = 1000;
    private const int Layers = 40;
    private const int Height = 720;

    private static readonly Color[] _fewColors = new ScottPlot.Palettes.Category10().Colors;
    private static readonly Color[] _manyColors = new ScottPlot.Palettes.Category20().Colors;

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
        Color[] palette = classes.Length <= _fewColors.Length ? _fewColors : _manyColors;
        using var plot = new Plot();
        AddPoints(plot, points, labels, classes, palette);
        PlotStyle.Apply(plot, axes.X, axes.Y, Alignment.UpperRight);
        if (labels is null)
        {
            plot.HideLegend();
        }
        else
        {
            // The legend shows a point as it is, and one of many is too faint to tell its colour.
            for (int i = 0; i < classes.Length; i++)
                plot.Legend.ManualItems.Add(Entry(names?[classes[i]] ?? $"{classes[i]}", palette[i % palette.Length], plot));
            plot.ShowLegend(Edge.Right);
        }
        PlotStyle.Write(plot, path, Height);
    }

    /// <summary>Layer by layer with some points of every class, so that no class covers another.</summary>
    private static void AddPoints(
        Plot plot, (double[] X, double[] Y) points, IReadOnlyList<int>? labels, int[] classes, Color[] palette)
    {
        bool areMany = points.X.Length > ManyPoints;
        int layerSize = (points.X.Length + Layers - 1) / Layers;
        foreach (int[] layer in Enumerable.Range(0, points.X.Length).Chunk(Math.Max(layerSize, 1)))
        {
            for (int i = 0; i < classes.Length; i++)
            {
                int[] members = [.. layer.Where(point => labels is null || labels[point] == classes[i])];
                if (members.Length == 0)
                    continue;
                var cloud = plot.Add.ScatterPoints(
                    Array.ConvertAll(members, point => points.X[point]),
                    Array.ConvertAll(members, point => points.Y[point]));
                cloud.MarkerShape = MarkerShape.FilledCircle;
                cloud.MarkerSize = areMany ? 4 : 7;
                cloud.Color = palette[i % palette.Length].WithAlpha(areMany ? 0.45 : 0.75);
            }
        }
    }

    private static LegendItem Entry(string name, Color color, Plot plot) => new()
    {
        LabelText = name,
        LabelFontName = plot.Axes.Bottom.Label.FontName,
        LabelFontSize = plot.Legend.FontSize ?? 15,
        MarkerShape = MarkerShape.FilledCircle,
        MarkerSize = 9,
        MarkerColor = color,
    };
}
