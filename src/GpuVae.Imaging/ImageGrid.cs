using GpuVae.Data;

namespace GpuVae.Imaging;

/// <summary>Puts images of one size side by side into one picture.</summary>
public static class ImageGrid
{
    /// <summary>Grey between and around the images: it sets them off, black and white ones alike.</summary>
    public const byte GapShade = 56;

    /// <summary>About how long the longer side of an enlarged image is, in pixels: 28×28 becomes 56×56.</summary>
    public const int ShownSize = 56;

    /// <summary>The whole factor by which images are enlarged so that a person sees them; 1 for large ones.</summary>
    public static int Enlargement(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        return Math.Max(1, (int)Math.Round((double)ShownSize / Math.Max(height, width)));
    }

    /// <summary>Composes rows × columns images from the top left, with a gap between and around them.</summary>
    /// <param name="images">
    /// (rows·columns, height·width·channels); 0 black, 1 white, others clamped, NaN black.
    /// </param>
    /// <param name="rows">Images in a column.</param>
    /// <param name="columns">Images in a row.</param>
    /// <param name="height">Rows of an image, in pixels.</param>
    /// <param name="width">Columns of an image, in pixels.</param>
    /// <param name="gap">Pixels between and around the images; 0 joins them.</param>
    /// <param name="channels">Numbers of a pixel: 1 for grey, 3 for colours; of others the first is shown, grey.</param>
    /// <param name="canvas">Drawn over where it has the right size, so that its memory is taken once; null for a new one.</param>
    /// <param name="labels">
    /// What the rows show, drawn to their right, names beginning anew where there are more rows; below the images the columns, and
    /// the title. Names are left out where a row is too low or a column too narrow for text. Null for nothing.
    /// </param>
    /// <exception cref="ArgumentException">The number of values does not fit the shape.</exception>
    public static RasterImage Compose(
        ReadOnlySpan<float> images, int rows, int columns, int height, int width, int gap = 2, int channels = 1,
        RasterImage? canvas = null, PictureLabels? labels = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfNegative(gap);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        int factor = Enlargement(height, width);
        if (images.Length != (long)rows * columns * height * width * channels)
        {
            throw new ArgumentException(
                $"{images.Length} values for {rows}×{columns} images of {height}×{width}×{channels}.", nameof(images));
        }
        int cellHeight = (height * factor) + gap;
        int cellWidth = (width * factor) + gap;
        int imagesWidth = checked((columns * cellWidth) + gap);
        int imagesHeight = checked((rows * cellHeight) + gap);
        var names = new GridNames(labels ?? new PictureLabels(), height * factor, cellWidth);
        (int Width, int Height, int Channels) size =
            (imagesWidth + names.Width, imagesHeight + names.Height, channels == 3 ? 3 : 1);
        RasterImage grid = canvas is not null && (canvas.Width, canvas.Height, canvas.Channels) == size
            ? canvas
            : new RasterImage(size.Width, size.Height, size.Channels);
        grid.Pixels.AsSpan().Fill(GapShade);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int length = height * width * channels;
                ReadOnlySpan<float> image = images.Slice(((row * columns) + column) * length, length);
                Draw(image, width, channels, factor, grid, gap + (column * cellWidth), gap + (row * cellHeight));
            }
        }
        names.Draw(grid, rows, columns, gap, cellHeight);
        return grid;
    }

    private static void Draw(
        ReadOnlySpan<float> image, int width, int channels, int factor, RasterImage grid, int left, int top)
    {
        int shown = grid.Channels;
        int lineLength = width * factor * shown;
        for (int y = 0; y < image.Length / (width * channels); y++)
        {
            ReadOnlySpan<float> source = image.Slice(y * width * channels, width * channels);
            int start = (((top + (y * factor)) * grid.Width) + left) * shown;
            Span<byte> line = grid.Pixels.AsSpan(start, lineLength);
            for (int x = 0; x < width * factor; x++)
            {
                for (int channel = 0; channel < shown; channel++)
                    line[(x * shown) + channel] = PixelBytes.Of(source[(x / factor * channels) + channel]);
            }
            for (int repeat = 1; repeat < factor; repeat++)
                line.CopyTo(grid.Pixels.AsSpan(start + (repeat * grid.Width * shown), lineLength));
        }
    }
}
