using ScottPlot;
using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>
/// The curve of a series that has several numbers for each column of pixels: the column is inked from the least of them to
/// the greatest, which is what a line through all of them inks. The line would take a hundred times as long.
/// </summary>
/// <param name="bars">As <see cref="Bars"/> gives them, in the coordinates of the plot.</param>
/// <param name="color">Of the ink.</param>
/// <param name="legend">What the legend calls it; empty for nothing.</param>
internal sealed class DenseCurve(
    IReadOnlyList<(Coordinates From, Coordinates To)> bars, Color color, string legend) : IPlottable
{
    private const int FewOfColumn = 2;

    /// <inheritdoc/>
    public bool IsVisible { get; set; } = true;

    /// <inheritdoc/>
    public IAxes Axes { get; set; } = new Axes();

    /// <inheritdoc/>
    public IEnumerable<LegendItem> LegendItems { get; } =
        legend.Length == 0 ? [] : [new LegendItem { LabelText = legend, LineColor = color, LineWidth = 1.5f }];

    /// <summary>Whether a series has so many numbers that its line is better drawn like this.</summary>
    /// <param name="length">Numbers of the series.</param>
    /// <param name="columns">Pixels that the curve is wide.</param>
    public static bool IsNeeded(int length, int columns) => length > (long)FewOfColumn * columns;

    /// <summary>
    /// The bar of each column, up to the last number of the column before it, so that no step of the curve is open. A
    /// column in which all numbers are missing has none, so that the gap shows as a fault.
    /// </summary>
    /// <param name="numbers">More than there are columns.</param>
    /// <param name="columns">Pixels that the curve is wide.</param>
    public static List<(int Column, float Least, float Most)> Bars(ReadOnlySpan<float> numbers, int columns)
    {
        var bars = new List<(int, float, float)>(columns);
        float before = float.NaN;
        for (int column = 0; column < columns; column++)
        {
            int start = (int)((long)numbers.Length * column / columns);
            int end = (int)((long)numbers.Length * (column + 1) / columns);
            float least = float.PositiveInfinity, most = float.NegativeInfinity;
            if (float.IsFinite(before))
                (least, most) = (before, before);
            bool isEmpty = true;
            foreach (float number in numbers[start..end])
            {
                if (!float.IsFinite(number))
                    continue;
                isEmpty = false;
                (least, most) = (Math.Min(least, number), Math.Max(most, number));
            }
            if (!isEmpty)
                bars.Add((column, least, most));
            before = numbers[end - 1];
        }
        return bars;
    }

    /// <summary>None: the plot has its limits already.</summary>
    public AxisLimits GetAxisLimits() => AxisLimits.NoLimits;

    /// <summary>Inks the columns.</summary>
    public void Render(RenderPack rp)
    {
        using var paint = new SKPaint { Color = color.ToSKColor() };
        foreach ((Coordinates from, Coordinates to) in bars)
        {
            Pixel low = Axes.GetPixel(from), high = Axes.GetPixel(to);
            float x = MathF.Floor(low.X);
            // A level curve is a pixel thick.
            float top = MathF.Floor(high.Y), bottom = Math.Max(MathF.Ceiling(low.Y), top + 1);
            rp.Canvas.DrawRect(x, top, 1, bottom - top, paint);
        }
    }
}
