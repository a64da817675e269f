using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>The names of a grid's rows, to the right of their images, so that those stay where they are counted from.</summary>
internal static class GridNames
{
    private const int Padding = 6;
    private const int LargestText = 14;
    private const int SmallestText = 8;
    private const byte Shade = 235;

    /// <summary>Columns of pixels that the names take; 0 where the rows are too low for text.</summary>
    /// <param name="names">One for each row; they begin anew where there are more rows.</param>
    /// <param name="height">Of a row, in pixels.</param>
    public static int Width(IReadOnlyList<string> names, int height)
    {
        if (height < SmallestText)
            return 0;
        using SKFont font = Font(height);
        return (2 * Padding) + (int)Math.Ceiling(names.Max(name => font.MeasureText(name)));
    }

    /// <summary>Draws a name into the pixels beside a row.</summary>
    /// <param name="grid">The picture.</param>
    /// <param name="name">What the row shows.</param>
    /// <param name="left">Where the names begin.</param>
    /// <param name="top">Where the row begins.</param>
    /// <param name="height">Of the row, in pixels.</param>
    public static void Draw(RasterImage grid, string name, int left, int top, int height)
    {
        using SKFont font = Font(height);
        var info = new SKImageInfo(grid.Width - left, height, SKColorType.Alpha8, SKAlphaType.Premul);
        using var bitmap = new SKBitmap(info);
        bitmap.Erase(SKColors.Transparent);
        using (var canvas = new SKCanvas(bitmap))
        using (var paint = new SKPaint { IsAntialias = true, Color = SKColors.White })
        {
            float middle = (height - font.Metrics.Ascent - font.Metrics.Descent) / 2;
            canvas.DrawText(name, Padding, middle, SKTextAlign.Left, font, paint);
        }
        ReadOnlySpan<byte> coverage = bitmap.GetPixelSpan();
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < info.Width; x++)
            {
                int alpha = coverage[(y * bitmap.RowBytes) + x];
                int start = (((top + y) * grid.Width) + left + x) * grid.Channels;
                foreach (ref byte value in grid.Pixels.AsSpan(start, grid.Channels))
                    value = (byte)(((value * (byte.MaxValue - alpha)) + (Shade * alpha)) / byte.MaxValue);
            }
        }
    }

    private static SKFont Font(int height) =>
        new(ShippedFont.Typeface, Math.Min(LargestText, height)) { Edging = SKFontEdging.Antialias };
}
