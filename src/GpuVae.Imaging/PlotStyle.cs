using GpuVae.Files;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>What all plots have in common: size, ink, fonts, colours.</summary>
internal static class PlotStyle
{
    private const int Width = 900;
    private const int Height = 540;

    /// <summary>What comes first: blue.</summary>
    public static Color First { get; } = Color.FromHex("#1f77b4");

    /// <summary>What it is compared with: orange.</summary>
    public static Color Second { get; } = Color.FromHex("#d95f02");

    /// <summary>
    /// Ten colours, as many as there are digits: the eight that colour-blind people tell apart too (Okabe and Ito 2008), and a
    /// violet and a brown that are as far from them and from each other; the lightest last.
    /// </summary>
    public static IReadOnlyList<Color> Palette { get; } =
    [
        .. new[] { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#963cff", "#5a2d00", "#f0e442" }
            .Select(hex => Color.FromHex(hex)),
    ];

    /// <summary>Text and axes.</summary>
    public static Color Ink { get; } = Color.FromHex("#333333");

    /// <summary>Names the plot and the axes, shows the legend and sets everything in one style.</summary>
    public static void Apply(Plot plot, string xLabel, string yLabel, Alignment legendPlace, string title)
    {
        plot.Title(title, size: 17);
        plot.Axes.Title.Label.Bold = false;
        plot.Axes.Title.Label.ForeColor = Ink;
        Color hairline = Color.FromHex("#e4e4e4");
        plot.Grid.MajorLineColor = hairline;
        plot.XLabel(xLabel);
        plot.YLabel(yLabel);
        foreach (IAxis axis in (IEnumerable<IAxis>)[plot.Axes.Bottom, plot.Axes.Left])
        {
            axis.Label.Bold = false;
            axis.Label.FontSize = 17;
            axis.TickLabelStyle.FontSize = 14;
            axis.MinorTickStyle.Length = 0;
        }
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { MinimumTickSpacing = 50 };
        plot.Axes.Left.TickGenerator = new NumericAutomatic { MinimumTickSpacing = 30 };
        plot.Axes.Left.MinimumSize = 75;
        plot.Axes.Color(Ink);
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Top.FrameLineStyle.Width = 0;
        Legend legend = plot.ShowLegend(legendPlace);
        legend.FontSize = 15;
        legend.FontColor = Ink;
        legend.OutlineColor = hairline;
        legend.ShadowColor = Colors.Transparent;
        ShippedFont.Set(plot);
    }

    /// <summary>Writes the plot as PNG; a file of that name is replaced whole or not at all.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(Plot plot, string path, int height = Height)
    {
        byte[] png = Encode(plot, Width, height);
        AtomicFile.Write(path, stream => stream.Write(png));
    }

    /// <summary>The plot as a PNG file.</summary>
    public static byte[] Encode(Plot plot, int width, int height)
    {
        using var surface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgb888x, SKAlphaType.Opaque));
        plot.Render(surface.Canvas, width, height);
        using SKImage picture = surface.Snapshot();
        // Most rows of a plot repeat the one above.
        using SKData encoded = Png.Encode(picture, SKPngEncoderFilterFlags.Up);
        return encoded.ToArray();
    }
}
