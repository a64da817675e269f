using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace GpuVae.Imaging;

/// <summary>Plots the error that compressors leave over the bits that they take, both on logarithmic axes.</summary>
public static class RateDistortionPlot
{
    // As much as 0.00001 takes beside the axis's name.
    private const int LeftSize = 100;

    private const int FewestTicks = 3;

    // Powers of ten further from 1 have labels such as 2E-7.
    private const double LongestPower = 6;

    private static readonly double[] _steps = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

    private static readonly MarkerShape[] _markers =
        [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond];

    /// <summary>Writes the plot as PNG; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="example">What bits are counted for: image or row.</param>
    /// <param name="error">What the error is of.</param>
    /// <param name="curves">A name each, and points of bits and squared error; those that are not above 0 are left out.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(
        string path, string title, string example, string error,
        IReadOnlyList<(string Name, IReadOnlyList<(double Bits, double SquaredError)> Points)> curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        using Plot plot = ShippedFont.NewPlot();
        List<Coordinates> all = [];
        for (int i = 0; i < curves.Count; i++)
        {
            Coordinates[] points =
            [
                .. curves[i].Points.Where(point => point is { Bits: > 0, SquaredError: > 0 })
                    .Select(point => new Coordinates(Math.Log10(point.Bits), Math.Log10(point.SquaredError))),
            ];
            all.AddRange(points);
            if (points.Length == 0)
                continue;
            var curve = plot.Add.Scatter(points, PlotStyle.Palette[i % PlotStyle.Palette.Count]);
            curve.LegendText = curves[i].Name;
            curve.LineWidth = 2;
            curve.MarkerShape = _markers[i % _markers.Length];
            curve.MarkerSize = 8;
        }
        PlotStyle.Apply(plot, $"bits of an example ({example})", error, Alignment.LowerLeft, title);
        plot.Axes.Left.MinimumSize = LeftSize;
        if (all.Count > 0)
        {
            plot.Axes.Margins(0.04, 0.06);
            plot.Axes.AutoScale();
            plot.Axes.Bottom.TickGenerator = Generator(all.Min(point => point.X), all.Max(point => point.X));
            plot.Axes.Left.TickGenerator = Generator(all.Min(point => point.Y), all.Max(point => point.Y));
        }
        PlotStyle.Write(plot, path);
    }

    /// <summary>1, 2 and 5 times each power of ten; where hardly any of them lie between the ends, as many more as it takes.</summary>
    /// <param name="least">The logarithm of one end.</param>
    /// <param name="most">That of the other.</param>
    /// <returns>Logarithms, beyond both ends too, and what stands at them.</returns>
    internal static (double[] Places, string[] Labels) Ticks(double least, double most)
    {
        double[][] choices =
        [
            TicksOf([1, 2, 5], least, most),
            .. _steps.Select(step => TicksOf(Enumerable.Range(0, (int)Math.Round(9 / step)).Select(i => 1 + (i * step)), least, most)),
        ];
        double[] ticks = Array.Find(choices, choice => choice.Count(tick => tick >= least && tick <= most) >= FewestTicks) ?? choices[0];
        return (ticks, [.. ticks.Select(Label)]);
    }

    private static NumericManual Generator(double least, double most)
    {
        (double[] places, string[] labels) = Ticks(least, most);
        return new NumericManual(places, labels);
    }

    /// <summary>Multiples of each power of ten, as logarithms.</summary>
    private static double[] TicksOf(IEnumerable<double> multiples, double least, double most)
    {
        int first = (int)Math.Floor(least) - 1, last = (int)Math.Ceiling(most) + 1;
        return [.. Enumerable.Range(first, last - first).SelectMany(power => multiples.Select(multiple => power + Math.Log10(multiple)))];
    }

    /// <summary>The number of a logarithm, as short as it goes.</summary>
    private static string Label(double logarithm) =>
        Math.Pow(10, logarithm).ToString(Math.Abs(logarithm) < LongestPower ? "0.########" : "0.###E0", CultureInfo.InvariantCulture);
}
