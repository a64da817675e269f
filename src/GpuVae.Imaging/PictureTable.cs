using GpuVae.Files;
using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>A picture of a table.</summary>
/// <param name="Path">The file.</param>
/// <param name="Caption">What stands above it.</param>
public sealed record TablePicture(string Path, string Caption);

/// <summary>Puts pictures from files side by side, a column with a heading for each source, on one scale in a row.</summary>
public static class PictureTable
{
    private const int Margin = 14;
    private const int Gap = 14;
    private const int LineHeight = 24;
    private const int WidestCell = 1000;
    private const int WidestTable = 16_000;
    private const float TextSize = 14;

    private static readonly SKColor _ink = new(0x33, 0x33, 0x33);

    /// <summary>Writes a PNG file; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="headings">One for each column.</param>
    /// <param name="rows">As many cells as headings each; null for one that stays empty.</param>
    /// <exception cref="ArgumentException">A row has not as many cells as there are headings, or there are none.</exception>
    /// <exception cref="UserException">A picture cannot be read, or the file not be written.</exception>
    public static void Write(string path, IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<TablePicture?>> rows)
    {
        ArgumentNullException.ThrowIfNull(headings);
        ArgumentNullException.ThrowIfNull(rows);
        if (headings.Count == 0 || rows.Count == 0 || rows.Any(row => row.Count != headings.Count))
            throw new ArgumentException($"A table of {headings.Count} columns, and other rows.", nameof(rows));
        SKSizeI[][] own = [.. rows.Select(row => row.Select(SizeOf).ToArray())];
        double widest = Math.Min(WidestCell, (WidestTable / headings.Count) - Gap);
        // One factor for a row, so that what is larger in a run looks larger.
        double[] factors = [.. own.Select(row => Math.Min(1, widest / Math.Max(1, row.Max(size => size.Width))))];
        int[] widths = [.. Enumerable.Range(0, headings.Count).Select(column =>
            Enumerable.Range(0, rows.Count).Max(row => Scaled(own[row][column].Width, factors[row])))];
        int[] heights = [.. own.Select((row, i) => row.Max(size => Scaled(size.Height, factors[i])) + LineHeight)];
        using var font = new SKFont(ShippedFont.Typeface, TextSize) { Edging = SKFontEdging.Antialias };
        // A column is as wide as a readable part of its heading at least.
        for (int column = 0; column < widths.Length; column++)
            widths[column] = Math.Max(widths[column], (int)Math.Min(Math.Ceiling(font.MeasureText(headings[column])), widest / 3));

        using var bitmap = new SKBitmap(new SKImageInfo(
            (2 * Margin) + widths.Sum() + (Gap * (widths.Length - 1)), (2 * Margin) + LineHeight + heights.Sum() + (Gap * (rows.Count - 1)),
            SKColorType.Rgb888x, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        using (var ink = new SKPaint { IsAntialias = true, Color = _ink })
        {
            canvas.Clear(SKColors.White);
            int left = Margin;
            for (int column = 0; column < widths.Length; column++)
            {
                void Say(string text, int top) => canvas.DrawText(
                    PictureText.Cut(text, font, widths[column]), left, top + TextSize, SKTextAlign.Left, font, ink);
                Say(headings[column], Margin);
                int top = Margin + LineHeight;
                for (int row = 0; row < rows.Count; row++)
                {
                    if (rows[row][column] is TablePicture picture)
                    {
                        Say(picture.Caption, top);
                        Draw(canvas, picture, own[row][column], factors[row], left, top + LineHeight);
                    }
                    top += heights[row] + Gap;
                }
                left += widths[column] + Gap;
            }
        }
        using SKImage image = SKImage.FromBitmap(bitmap);
        using SKData encoded = Png.Encode(image, SKPngEncoderFilterFlags.Sub);
        AtomicFile.Write(path, stream => stream.Write(encoded.AsSpan()));
    }

    private static int Scaled(int length, double factor) => length == 0 ? 0 : Math.Max(1, (int)Math.Round(length * factor));

    private static SKSizeI SizeOf(TablePicture? picture)
    {
        if (picture is null)
            return SKSizeI.Empty;
        using var file = new ImageFile(picture.Path);
        return new SKSizeI(file.Width, file.Height);
    }

    private static void Draw(SKCanvas canvas, TablePicture picture, SKSizeI size, double factor, int left, int top)
    {
        (int height, int width) = (Scaled(size.Height, factor), Scaled(size.Width, factor));
        using var file = new ImageFile(picture.Path);
        RasterImage image = file.Decode(coloured: true, factor < 1 ? (height, width) : null, PictureBackground.White);
        using var small = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var colors = new SKColor[image.Width * image.Height];
        for (int i = 0; i < colors.Length; i++)
            colors[i] = new SKColor(image.Pixels[3 * i], image.Pixels[(3 * i) + 1], image.Pixels[(3 * i) + 2]);
        small.Pixels = colors;
        canvas.DrawBitmap(small, left, top);
    }
}
