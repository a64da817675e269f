using GpuVae.Data;
using GpuVae.Files;
using ScottPlot;
using ScottPlot.Colormaps;
using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>What a picture of heat shows.</summary>
/// <param name="Height">Rows of a picture, in pixels.</param>
/// <param name="Width">Columns of a picture, in pixels.</param>
/// <param name="Channels">Numbers of a pixel: 3 for colours; of others the first is shown, grey.</param>
/// <param name="Original">(height·width·channels), 0 black and 1 white.</param>
/// <param name="Reconstruction">The same.</param>
/// <param name="Heat">(height·width), at least 0; +∞ is as hot as can be.</param>
public sealed record HeatPanels(
    int Height, int Width, int Channels, ReadOnlyMemory<float> Original, ReadOnlyMemory<float> Reconstruction,
    ReadOnlyMemory<float> Heat)
{
    /// <summary>(height·width) where a defect is known to be; its outline is drawn. Empty where nobody knows.</summary>
    public ReadOnlyMemory<bool> Mask { get; init; }
}

/// <summary>
/// Draws an original, its reconstruction and where the two part side by side, with the scale of the heat beside them. Its colours go
/// from black over violet and orange to pale yellow, lighter for what is hotter, so that the colour-blind and a grey print tell
/// them apart (inferno; Smith and van der Walt 2015).
/// </summary>
public static class HeatMapPicture
{
    private const int ShownSize = 224; // about the longer side of a panel
    private const int Margin = 14;
    private const int Gap = 10;
    private const int LineHeight = 24;
    private const int BarWidth = 14;
    private const int Steps = 256;
    private const float TextSize = 14;

    private static readonly SKColor[] _colors = [.. Inferno()];
    private static readonly SKColor _ink = new(0x33, 0x33, 0x33);

    // Sky blue, which is none of the scale's colours, for the colour-blind neither.
    private static readonly SKColor _outline = new(0x56, 0xb4, 0xe9);

    /// <summary>The whole factor by which a picture is enlarged; 1 for large ones.</summary>
    internal static int Enlargement(int height, int width) =>
        Math.Max(1, (int)Math.Round((double)ShownSize / Math.Max(height, width)));

    /// <summary>The colour of a share of the scale, from 0 to 1; beyond it that of its end, NaN as 1.</summary>
    internal static SKColor ColorOf(double share) =>
        _colors[share < 1 ? (int)(Math.Max(share, 0) * Steps) : Steps - 1];

    /// <summary>Writes a PNG file; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="panels">What to show.</param>
    /// <param name="title">What the picture is and scores; cut where it is too long.</param>
    /// <param name="top">The heat at the top of the scale, above 0: the same for pictures that are to be compared.</param>
    /// <param name="unit">What heat is measured in, for the scale: <c>nats</c>.</param>
    /// <exception cref="ArgumentException">The number of values does not fit the shape, or the scale has no length.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, HeatPanels panels, string title, double top, string unit)
    {
        ArgumentNullException.ThrowIfNull(panels);
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(unit);
        Require(panels, top);
        int factor = Enlargement(panels.Height, panels.Width);
        int width = panels.Width * factor, height = panels.Height * factor;
        using var font = new SKFont(ShippedFont.Typeface, TextSize) { Edging = SKFontEdging.Antialias };
        string[] names =
            ["original", "reconstruction", panels.Mask.IsEmpty ? "heat" : "heat; known defects outlined"];
        string[] labels = [$"{Number(top)} {unit}", Number(top / 2), "0"];
        // A panel is as wide as its name at least.
        int column = Math.Max(width, (int)Math.Ceiling(names.Max(name => font.MeasureText(name))));
        int barLeft = Margin + (names.Length * (column + Gap));
        int barHeight = Math.Max(height, 3 * LineHeight);
        int right = barLeft + BarWidth + 6 + (int)Math.Ceiling(labels.Max(label => font.MeasureText(label))) + Margin;
        int firstRow = Margin + (2 * LineHeight);
        using var bitmap = new SKBitmap(
            new SKImageInfo(right, firstRow + barHeight + Margin, SKColorType.Rgb888x, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        using (var ink = new SKPaint { IsAntialias = true, Color = _ink })
        {
            canvas.Clear(SKColors.White);
            canvas.DrawText(PictureText.Cut(title, font, right - (2 * Margin)), Margin, Margin + TextSize, SKTextAlign.Left, font, ink);
            SKColor[][] pictures =
                [Shades(panels, panels.Original.Span), Shades(panels, panels.Reconstruction.Span), Heat(panels, top)];
            for (int i = 0; i < pictures.Length; i++)
            {
                int left = Margin + (i * (column + Gap));
                canvas.DrawText(names[i], left, firstRow - 8, SKTextAlign.Left, font, ink);
                Draw(canvas, pictures[i], panels, SKRect.Create(left, firstRow, width, height));
                if (i != 1 && !panels.Mask.IsEmpty)
                    Outline(canvas, panels, left, firstRow, factor);
            }
            DrawScale(canvas, font, ink, labels, SKRect.Create(barLeft, firstRow, BarWidth, barHeight));
        }
        using SKImage picture = SKImage.FromBitmap(bitmap);
        using SKData encoded = Png.Encode(picture, SKPngEncoderFilterFlags.Sub);
        AtomicFile.Write(path, stream => stream.Write(encoded.AsSpan()));
    }

    private static void Require(HeatPanels panels, double top)
    {
        int pixels = checked(panels.Height * panels.Width), numbers = checked(pixels * panels.Channels);
        if (panels.Original.Length != numbers || panels.Reconstruction.Length != numbers || panels.Heat.Length != pixels
            || (panels.Mask.Length != pixels && !panels.Mask.IsEmpty))
        {
            throw new ArgumentException(
                $"Panels of other sizes than {panels.Height}×{panels.Width}×{panels.Channels}.", nameof(panels));
        }
        if (!(top > 0 && double.IsFinite(top)))
            throw new ArgumentOutOfRangeException(nameof(top), top, "A scale goes from 0 to something above it.");
    }

    private static IEnumerable<SKColor> Inferno()
    {
        var map = new Inferno();
        for (int step = 0; step < Steps; step++)
        {
            Color color = map.GetColor((double)step / (Steps - 1));
            yield return new SKColor(color.Red, color.Green, color.Blue);
        }
    }

    private static SKColor[] Shades(HeatPanels panels, ReadOnlySpan<float> values)
    {
        var colors = new SKColor[panels.Height * panels.Width];
        for (int i = 0; i < colors.Length; i++)
        {
            ReadOnlySpan<float> pixel = values.Slice(i * panels.Channels, panels.Channels);
            colors[i] = panels.Channels == 3
                ? new SKColor(PixelBytes.Of(pixel[0]), PixelBytes.Of(pixel[1]), PixelBytes.Of(pixel[2]))
                : new SKColor(PixelBytes.Of(pixel[0]), PixelBytes.Of(pixel[0]), PixelBytes.Of(pixel[0]));
        }
        return colors;
    }

    private static SKColor[] Heat(HeatPanels panels, double top)
    {
        var colors = new SKColor[panels.Heat.Length];
        for (int i = 0; i < colors.Length; i++)
            colors[i] = ColorOf(panels.Heat.Span[i] / top);
        return colors;
    }

    private static void Draw(SKCanvas canvas, SKColor[] colors, HeatPanels panels, SKRect place)
    {
        using var small = new SKBitmap(
            new SKImageInfo(panels.Width, panels.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        small.Pixels = colors;
        using SKImage picture = SKImage.FromBitmap(small);
        canvas.DrawImage(picture, place, new SKSamplingOptions(SKFilterMode.Nearest));
    }

    /// <summary>Draws along the edges between pixels that are masked and pixels that are not.</summary>
    private static void Outline(SKCanvas canvas, HeatPanels panels, int left, int top, int factor)
    {
        using var pen = new SKPaint { Color = _outline, StrokeWidth = factor > 1 ? 2 : 1, IsAntialias = false };
        bool Is(int y, int x) => y >= 0 && y < panels.Height && x >= 0 && x < panels.Width
            && panels.Mask.Span[(y * panels.Width) + x];
        for (int y = 0; y <= panels.Height; y++)
        {
            for (int x = 0; x <= panels.Width; x++)
            {
                float across = left + (x * factor), down = top + (y * factor);
                if (Is(y, x) != Is(y - 1, x))
                    canvas.DrawLine(across, down, across + factor, down, pen);
                if (Is(y, x) != Is(y, x - 1))
                    canvas.DrawLine(across, down, across, down + factor, pen);
            }
        }
    }

    private static void DrawScale(SKCanvas canvas, SKFont font, SKPaint ink, string[] labels, SKRect place)
    {
        for (int y = 0; y < (int)place.Height; y++)
        {
            using var paint = new SKPaint { Color = ColorOf(1 - ((y + 0.5) / place.Height)) };
            canvas.DrawRect(place.Left, place.Top + y, place.Width, 1, paint);
        }
        float letters = -font.Metrics.Ascent - font.Metrics.Descent;
        for (int i = 0; i < labels.Length; i++)
        {
            float middle = place.Top + (place.Height * i / (labels.Length - 1));
            float baseline = Math.Clamp(middle + (letters / 2), place.Top + letters, place.Bottom);
            canvas.DrawText(labels[i], place.Right + 6, baseline, SKTextAlign.Left, font, ink);
        }
    }

    private static string Number(double number) => number.ToString("G3", System.Globalization.CultureInfo.InvariantCulture);
}
