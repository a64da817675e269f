using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace GpuVae.Imaging;

/// <summary>Plots the error that compressors leave over the bits that they take, both on logarithmic axes.</summary>
public static class RateDistortionPlot
{
    // As much as 0.00001 takes beside the axis's name.
    private const int LeftSize = 100;

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
            plot.Axes.Bottom.TickGenerator = Ticks(all.Min(point => point.X), all.Max(point => point.X));
            plot.Axes.Left.TickGenerator = Ticks(all.Min(point => point.Y), all.Max(point => point.Y));
        }
        PlotStyle.Write(plot, path);
    }

    /// <summary>1, 2 and 5 times each power of ten.</summary>
    private static NumericManual Ticks(double least, double most)
    {
        List<double> places = [];
        List<string> labels = [];
        for (int power = (int)Math.Floor(least) - 1; power <= most + 1; power++)
        {
            foreach (int digit in (int[])[1, 2, 5])
            {
                places.Add(power + Math.Log10(digit));
                labels.Add((digit * Math.Pow(10, power)).ToString("0.########", CultureInfo.InvariantCulture));
            }
        }
        return new NumericManual([.. places], [.. labels]);
    }
}
