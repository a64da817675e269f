namespace GpuVae.Imaging;

/// <summary>What the frame around an image says.</summary>
public enum FrameMark
{
    /// <summary>Nothing: no frame.</summary>
    None,

    /// <summary>White: what was asked for.</summary>
    Query,

    /// <summary>Green: it has the label of what was asked for.</summary>
    SameLabel,

    /// <summary>Vermilion: it has another label. The two colours differ for the colour-blind too (Okabe and Ito 2008).</summary>
    OtherLabel,
}

/// <summary>Rows of a query and the images that a search found for it, each in a frame that says how it fits.</summary>
public static class NeighborGrid
{
    private const int Gap = 10;
    private const int FrameWidth = 4;

    /// <summary>Composes the images from the top left.</summary>
    /// <param name="images">(rows·columns, height·width·channels) in 0 … 1.</param>
    /// <param name="marks">(rows·columns).</param>
    /// <param name="rows">Queries.</param>
    /// <param name="columns">Images in a row.</param>
    /// <param name="shape">Rows, columns and channels of an image.</param>
    /// <param name="rowNames">What the queries are called, drawn to the right of their rows; null for nothing.</param>
    /// <exception cref="ArgumentException">The number of values or of marks does not fit the shape.</exception>
    public static RasterImage Compose(
        ReadOnlySpan<float> images, ReadOnlySpan<FrameMark> marks, int rows, int columns,
        (int Height, int Width, int Channels) shape, IReadOnlyList<string>? rowNames = null)
    {
        if (marks.Length != rows * columns)
            throw new ArgumentException($"{marks.Length} marks for {rows}×{columns} images.", nameof(marks));
        RasterImage grid = Coloured(
            ImageGrid.Compose(images, rows, columns, shape.Height, shape.Width, Gap, shape.Channels, labels: new PictureLabels { Rows = rowNames }));
        int factor = ImageGrid.Enlargement(shape.Height, shape.Width);
        int width = (shape.Width * factor) + Gap, height = (shape.Height * factor) + Gap;
        for (int i = 0; i < marks.Length; i++)
            Frame(grid, Gap + (i % columns * width), Gap + (i / columns * height), width - Gap, height - Gap, marks[i]);
        return grid;
    }

    private static RasterImage Coloured(RasterImage grid)
    {
        if (grid.Channels == 3)
            return grid;
        var coloured = new RasterImage(grid.Width, grid.Height, 3);
        for (int i = 0; i < coloured.Pixels.Length; i++)
            coloured.Pixels[i] = grid.Pixels[i / 3];
        return coloured;
    }

    /// <summary>Fills what lies around an image up to the frame's width.</summary>
    private static void Frame(RasterImage grid, int left, int top, int width, int height, FrameMark mark)
    {
        if (mark == FrameMark.None)
            return;
        (byte red, byte green, byte blue) = mark switch
        {
            FrameMark.Query => ((byte)255, (byte)255, (byte)255),
            FrameMark.SameLabel => ((byte)0, (byte)158, (byte)115),
            _ => ((byte)213, (byte)94, (byte)0),
        };
        for (int y = top - FrameWidth; y < top + height + FrameWidth; y++)
        {
            for (int x = left - FrameWidth; x < left + width + FrameWidth; x++)
            {
                bool inside = x >= left && x < left + width && y >= top && y < top + height;
                if (inside)
                    continue;
                Span<byte> pixel = grid.Pixels.AsSpan(((y * grid.Width) + x) * 3, 3);
                (pixel[0], pixel[1], pixel[2]) = (red, green, blue);
            }
        }
    }
}
