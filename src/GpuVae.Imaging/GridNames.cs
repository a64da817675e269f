using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>
/// What is written around a grid of images: names of rows to their right, names of columns and the title below, so that the images
/// stay where they are counted from.
/// </summary>
internal sealed class GridNames
{
    private const int Padding = 6;
    private const int LargestText = 14;
    private const int SmallestText = 8;
    private const int LineHeight = 22;
    private const byte Shade = 235;

    private readonly IReadOnlyList<string> _rows;
    private readonly IReadOnlyList<string> _columns;
    private readonly string? _title;
    private readonly int _rowHeight;
    private readonly int _columnWidth;
    private readonly int _columnText;

    /// <summary>Measures what fits.</summary>
    /// <param name="labels">What is to be written.</param>
    /// <param name="rowHeight">Of an image, in pixels.</param>
    /// <param name="columnWidth">Of an image and the gap beside it, in pixels.</param>
    public GridNames(PictureLabels labels, int rowHeight, int columnWidth)
    {
        (_rowHeight, _columnWidth, _title) = (rowHeight, columnWidth, labels.Title);
        _rows = rowHeight < SmallestText ? [] : labels.Versions ?? labels.Rows ?? [];
        _columnText = LargestText;
        while (labels.Columns is not null && _columnText >= SmallestText && Widest(labels.Columns, _columnText) > columnWidth - 2)
            _columnText--;
        _columns = _columnText < SmallestText ? [] : labels.Columns ?? [];
        Width = _rows.Count == 0 ? 0 : (2 * Padding) + Widest(_rows, TextHeight);
        Height = (_columns.Count == 0 ? 0 : LineHeight) + (_title is null ? 0 : LineHeight);
    }

    /// <summary>Pixels to the right of the images.</summary>
    public int Width { get; }

    /// <summary>Pixels below them.</summary>
    public int Height { get; }

    private int TextHeight => Math.Min(LargestText, _rowHeight);

    /// <summary>Writes them.</summary>
    /// <param name="grid">The picture, as much larger than the images.</param>
    /// <param name="rows">Images in a column.</param>
    /// <param name="columns">Images in a row.</param>
    /// <param name="gap">Around the images.</param>
    /// <param name="cellHeight">Of an image and a gap.</param>
    public void Draw(RasterImage grid, int rows, int columns, int gap, int cellHeight)
    {
        int right = (columns * _columnWidth) + gap, bottom = (rows * cellHeight) + gap;
        for (int row = 0; row < rows && _rows.Count > 0; row++)
            Write(grid, _rows[row % _rows.Count], TextHeight, new SKRectI(right + Padding, gap + (row * cellHeight), grid.Width, gap + (row * cellHeight) + _rowHeight));
        for (int column = 0; column < columns && _columns.Count > 0; column++)
        {
            int left = gap + (column * _columnWidth);
            Write(
                grid, _columns[column % _columns.Count], _columnText, new SKRectI(left, bottom, left + _columnWidth - gap, bottom + LineHeight),
                SKTextAlign.Center);
        }
        if (_title is not null)
            Write(grid, _title, LargestText, new SKRectI(Padding, grid.Height - LineHeight, grid.Width, grid.Height));
    }

    private static int Widest(IReadOnlyList<string> names, int size)
    {
        using SKFont font = Font(size);
        return (int)Math.Ceiling(names.Max(name => font.MeasureText(name)));
    }

    private static void Write(RasterImage grid, string text, int size, SKRectI place, SKTextAlign align = SKTextAlign.Left)
    {
        using SKFont font = Font(size);
        using var bitmap = new SKBitmap(new SKImageInfo(place.Width, place.Height, SKColorType.Alpha8, SKAlphaType.Premul));
        bitmap.Erase(SKColors.Transparent);
        using (var canvas = new SKCanvas(bitmap))
        using (var paint = new SKPaint { IsAntialias = true, Color = SKColors.White })
        {
            float middle = (place.Height - font.Metrics.Ascent - font.Metrics.Descent) / 2;
            float x = align == SKTextAlign.Center ? place.Width / 2f : 0;
            canvas.DrawText(PictureText.Cut(text, font, place.Width), x, middle, align, font, paint);
        }
        ReadOnlySpan<byte> coverage = bitmap.GetPixelSpan();
        for (int y = 0; y < place.Height; y++)
        {
            for (int x = 0; x < place.Width; x++)
            {
                int alpha = coverage[(y * bitmap.RowBytes) + x];
                int start = (((place.Top + y) * grid.Width) + place.Left + x) * grid.Channels;
                foreach (ref byte value in grid.Pixels.AsSpan(start, grid.Channels))
                    value = (byte)(((value * (byte.MaxValue - alpha)) + (Shade * alpha)) / byte.MaxValue);
            }
        }
    }

    private static SKFont Font(int size) => new(ShippedFont.Typeface, size) { Edging = SKFontEdging.Antialias };
}
