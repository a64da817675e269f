using ScottPlot;

namespace GpuVae.Imaging;

/// <summary>Plots codes as points of a plane, whose colour and shape say their class.</summary>
public static class CodeScatter
{
    // With more points than this they are drawn small and see-through, so that it shows where they are dense.
    private const int ManyPoints = 1000;
    private const int Layers = 40;
    private const int Height = 720;
    private const int NoLabel = -1;

    // Full and thin ones take turns: with eleven classes a colour comes again, in another shape. Seven have no factor in
    // common with the ten colours, so that all pairs of them occur.
    private static readonly MarkerShape[] _shapes =
    [
        MarkerShape.FilledCircle, MarkerShape.Eks, MarkerShape.FilledSquare, MarkerShape.Cross, MarkerShape.FilledTriangleUp,
        MarkerShape.OpenCircle, MarkerShape.FilledDiamond,
    ];

    /// <summary>Writes the plot as PNG; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="points">x and y of each code, as many as there are.</param>
    /// <param name="labels">The class of each, −1 for none; null where there are none at all.</param>
    /// <param name="names">What the classes are called, or null.</param>
    /// <param name="axes">What lies along x and y.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(
        string path, (double[] X, double[] Y) points, IReadOnlyList<int>? labels, IReadOnlyList<string>? names,
        (string X, string Y) axes)
    {
        int[] classes = labels is null ? [0] : [.. labels.Distinct().OrderBy(label => label == NoLabel).ThenBy(label => label)];
        using Plot plot = ShippedFont.NewPlot();
        AddPoints(plot, points, labels, classes);
        PlotStyle.Apply(
            plot, axes.X, axes.Y, Alignment.UpperRight,
            FormattableString.Invariant($"Codes of {points.X.Length:N0} examples{(labels is null ? "" : " by class")}"));
        if (labels is null)
        {
            plot.HideLegend();
        }
        else
        {
            // The legend shows a point as it is, and one of many is too faint to tell its colour.
            for (int i = 0; i < classes.Length; i++)
                plot.Legend.ManualItems.Add(Entry(NameOf(classes[i], names), MarkOf(i), plot));
            plot.ShowLegend(Edge.Right);
        }
        PlotStyle.Write(plot, path, Height);
    }

    private static string NameOf(int label, IReadOnlyList<string>? names) =>
        label == NoLabel ? "no label" : names?[label] ?? $"{label}";

    /// <summary>
    /// What a class is drawn with: neighbours differ in colour and in shape, and so do any two of the first seventy in at
    /// least one of them.
    /// </summary>
    internal static (Color Color, MarkerShape Shape) MarkOf(int index) =>
        (PlotStyle.Palette[index % PlotStyle.Palette.Count], _shapes[index % _shapes.Length]);

    /// <summary>Layer by layer with some points of every class, so that no class covers another.</summary>
    private static void AddPoints(
        Plot plot, (double[] X, double[] Y) points, IReadOnlyList<int>? labels, int[] classes)
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
                (Color color, MarkerShape shape) = MarkOf(i);
                cloud.MarkerShape = shape;
                cloud.MarkerSize = areMany ? 5 : 8;
                cloud.MarkerLineWidth = 1.5f;
                cloud.Color = color.WithAlpha(areMany ? 0.5 : 0.8);
            }
        }
    }

    private static LegendItem Entry(string name, (Color Color, MarkerShape Shape) mark, Plot plot) => new()
    {
        LabelText = name,
        LabelFontName = plot.Axes.Bottom.Label.FontName,
        LabelFontSize = plot.Legend.FontSize ?? 15,
        MarkerShape = mark.Shape,
        MarkerSize = 10,
        MarkerStyle = { LineWidth = 1.5f },
        MarkerColor = mark.Color,
    };
}
