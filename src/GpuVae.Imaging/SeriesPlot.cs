using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;

namespace GpuVae.Imaging;

/// <summary>
/// Series of numbers, such as heartbeats or rows of a table, as curves in panels side by side: what a strip of pixels
/// would hide. All panels have one scale, which the title says.
/// </summary>
public static class SeriesPlot
{
    private const int WidestRow = 5;
    private const int PanelWidth = 240;
    private const int PanelHeight = 150;
    private const int LongestSide = 1500;
    private const double PanelShare = 0.9;

    // About as wide as a letter of a name is, in pixels.
    private const double LetterWidth = 7.5;
    private const int NamePadding = 14;
    private const int DotSize = 6;
    private const int ColumnNameHeight = 24;
    private const float NameSize = 14;

    private static readonly Color[] _curveColors =
        [PlotStyle.Ink, PlotStyle.Second, PlotStyle.First, Color.FromHex("#009e73")];

    /// <summary>Rows × columns panels of a curve each, from the top left.</summary>
    /// <param name="series">(rows·columns, length).</param>
    /// <param name="rows">Panels in a column.</param>
    /// <param name="columns">Panels in a row.</param>
    /// <param name="length">Numbers of a series.</param>
    /// <param name="labels">What the rows show, written to their right, and the columns, written below; null for nothing.</param>
    /// <param name="marks">(rows·columns): what the colour of a curve says; null for one colour.</param>
    /// <returns>A PNG file.</returns>
    /// <exception cref="ArgumentException">The number of values, names or marks does not fit the shape.</exception>
    public static byte[] Grid(
        ReadOnlySpan<float> series, int rows, int columns, int length, PictureLabels? labels = null,
        IReadOnlyList<FrameMark>? marks = null)
    {
        labels ??= new PictureLabels();
        if ((labels.Rows?.Count ?? rows) != rows || (labels.Columns?.Count ?? columns) != columns)
            throw new ArgumentException($"{labels.Rows?.Count} and {labels.Columns?.Count} names for {rows}×{columns} series.", nameof(labels));
        if (marks is not null && marks.Count != rows * columns)
            throw new ArgumentException($"{marks.Count} marks for {rows}×{columns} series.", nameof(marks));
        return Draw(series, [""], rows * columns, columns, columns, length, labels, marks);
    }

    /// <summary>A panel for each series with a curve for each of its versions, in a legend by their names.</summary>
    /// <param name="series">(rows·columns, length): the rows take turns, a row of each version after the other.</param>
    /// <param name="labels">What each version is called, for example original and reconstruction.</param>
    /// <param name="rows">Rows in all, a multiple of the versions.</param>
    /// <param name="columns">Series in a row.</param>
    /// <param name="length">Numbers of a series.</param>
    /// <returns>A PNG file.</returns>
    /// <exception cref="ArgumentException">The number of values does not fit the shape.</exception>
    public static byte[] Overlay(
        ReadOnlySpan<float> series, PictureLabels labels, int rows, int columns, int length)
    {
        ArgumentNullException.ThrowIfNull(labels);
        IReadOnlyList<string> versions = labels.Versions ?? throw new ArgumentException("No versions are named.", nameof(labels));
        int count = rows / versions.Count * columns;
        return Draw(series, versions, count, columns, Math.Min(count, WidestRow), length, new PictureLabels { Title = labels.Title });
    }

    private static byte[] Draw(
        ReadOnlySpan<float> series, IReadOnlyList<string> versions, int count, int seriesPerRow, int columns, int length,
        PictureLabels labels, IReadOnlyList<FrameMark>? marks = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        if (count < 1 || series.Length != (long)versions.Count * count * length)
        {
            throw new ArgumentException(
                $"{series.Length} values for {versions.Count} × {count} series of {length}.", nameof(series));
        }
        int rows = (count + columns - 1) / columns;
        (double least, double most) = Range(series);
        double height = most > least ? PanelShare / (most - least) : 0;
        double step = length > 1 ? PanelShare / (length - 1) : 0;

        (int width, int tall) = Size(rows, columns);
        int pixels = (int)(PanelShare * width / columns);
        bool isDense = DenseCurve.IsNeeded(length, pixels);
        using Plot plot = ShippedFont.NewPlot();
        for (int version = 0; version < versions.Count; version++)
        {
            for (int panel = 0; panel < count; panel++)
            {
                int index = (((panel / seriesPerRow * versions.Count) + version) * seriesPerRow) + (panel % seriesPerRow);
                ReadOnlySpan<float> numbers = series.Slice(index * length, length);
                double left = panel % columns, bottom = rows - 1 - (panel / columns);
                string legend = panel == 0 ? versions[version] : "";
                Color color = marks is null ? _curveColors[version % _curveColors.Length] : ColorOf(marks[panel]);
                if (isDense)
                {
                    plot.Add.Plottable(new DenseCurve(
                        DenseCurve.Bars(numbers, pixels).ConvertAll(bar =>
                        {
                            double x = left + (bar.Column * PanelShare / pixels);
                            return (
                                new Coordinates(x, bottom + ((bar.Least - least) * height)),
                                new Coordinates(x, bottom + ((bar.Most - least) * height)));
                        }),
                        color, legend));
                    continue;
                }
                var points = new Coordinates[length];
                for (int i = 0; i < length; i++)
                    points[i] = new Coordinates(left + (i * step), bottom + ((numbers[i] - least) * height));
                // Where a number is missing the curve has a gap, so that it shows as a fault.
                Scatter curve = plot.Add.ScatterLine(points, color);
                curve.LineWidth = rows * columns > WidestRow * WidestRow ? 1 : 1.5f;
                // A line through one number would not show.
                curve.MarkerSize = length == 1 ? DotSize : 0;
                curve.LegendText = legend;
            }
        }
        int nameWidth = labels.Rows is null ? 0 : (int)(LetterWidth * labels.Rows.Max(name => name.Length)) + NamePadding;
        int nameHeight = labels.Columns is null ? 0 : ColumnNameHeight;
        Style(plot, rows, columns, versions.Count > 1, ((double)nameWidth / width, (double)nameHeight / tall));
        for (int row = 0; row < (labels.Rows?.Count ?? 0); row++)
            Write(labels.Rows![row], columns, rows - 1 - row + (PanelShare / 2), Alignment.MiddleLeft);
        for (int column = 0; column < (labels.Columns?.Count ?? 0); column++)
            Write(labels.Columns![column], column + (PanelShare / 2), -(1 - PanelShare) / 2, Alignment.UpperCenter);
        ShippedFont.Set(plot);
        string scale = string.Create(CultureInfo.InvariantCulture, $"{length} number{(length == 1 ? "" : "s")} each, from {least:G4} to {most:G4}");
        plot.Title(labels.Title is null ? scale : $"{labels.Title}; {scale}", size: 15);
        return PlotStyle.Encode(plot, width + nameWidth, tall + nameHeight);

        void Write(string text, double x, double y, Alignment alignment)
        {
            Text name = plot.Add.Text(text, x, y);
            name.LabelAlignment = alignment;
            name.LabelFontSize = NameSize;
            name.LabelFontColor = PlotStyle.Ink;
        }
    }

    private static Color ColorOf(FrameMark mark) => mark switch
    {
        FrameMark.SameLabel => Color.FromHex("#009e73"),
        FrameMark.OtherLabel => Color.FromHex("#d55e00"),
        FrameMark.Query => Colors.Black,
        _ => PlotStyle.First,
    };

    private static (double Least, double Most) Range(ReadOnlySpan<float> numbers)
    {
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        foreach (float number in numbers)
        {
            if (float.IsFinite(number))
                (least, most) = (Math.Min(least, number), Math.Max(most, number));
        }
        return least <= most ? (least, most) : (0, 0);
    }

    private static (int Width, int Height) Size(int rows, int columns)
    {
        int width = Math.Clamp(columns * PanelWidth, 2 * PanelWidth, LongestSide);
        int height = Math.Clamp(rows * PanelHeight, PanelHeight, LongestSide) + 60;
        return (width, height);
    }

    private static void Style(Plot plot, int rows, int columns, bool hasLegend, (double Right, double Below) names)
    {
        Color hairline = Color.FromHex("#e4e4e4");
        plot.HideGrid();
        plot.HideAxesAndGrid();
        for (int column = 1; column < columns; column++)
            plot.Add.VerticalLine(column - ((1 - PanelShare) / 2), 1, hairline);
        for (int row = 1; row < rows; row++)
            plot.Add.HorizontalLine(row - ((1 - PanelShare) / 2), 1, hairline);
        double left = -(1 - PanelShare) / 2, right = columns + left;
        plot.Axes.SetLimits(left, right + (columns * names.Right), left - (rows * names.Below), rows);
        if (hasLegend)
        {
            Legend legend = plot.ShowLegend(Edge.Bottom).Legend;
            legend.Orientation = Orientation.Horizontal;
            legend.FontSize = 14;
            legend.OutlineColor = Colors.Transparent;
            legend.ShadowColor = Colors.Transparent;
        }
        ShippedFont.Set(plot);
    }
}
