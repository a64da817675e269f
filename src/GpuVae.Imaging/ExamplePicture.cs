using GpuVae.Files;

namespace GpuVae.Imaging;

/// <summary>Shows examples as what they are: images as a grid of images, rows of numbers as curves.</summary>
public static class ExamplePicture
{
    /// <summary>Writes a PNG file; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="examples">(rows·columns, height·width·channels).</param>
    /// <param name="rows">Examples in a column.</param>
    /// <param name="columns">Examples in a row.</param>
    /// <param name="shape">Rows, columns and channels of an example; one with a single row is a series.</param>
    /// <param name="labels">What is written beside and below them; null for nothing.</param>
    /// <param name="canvas">
    /// What was returned before, for a run that shows pictures of one size again and again: the memory of a grid is taken
    /// once.
    /// </param>
    /// <param name="marks">Of series that are no versions: what the colour of each curve says; null for one colour.</param>
    /// <returns>The grid that was drawn, or <paramref name="canvas"/> where it was curves.</returns>
    /// <exception cref="ArgumentException">The number of values does not fit the shape.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static RasterImage? Write(
        string path, ReadOnlySpan<float> examples, int rows, int columns, (int Height, int Width, int Channels) shape,
        PictureLabels? labels = null, RasterImage? canvas = null, IReadOnlyList<FrameMark>? marks = null)
    {
        labels ??= new PictureLabels();
        if (shape.Height > 1)
        {
            RasterImage grid = ImageGrid.Compose(
                examples, rows, columns, shape.Height, shape.Width, channels: shape.Channels, canvas: canvas, labels: labels);
            Png.Write(path, grid);
            return grid;
        }
        int length = shape.Width * shape.Channels;
        byte[] png = labels.Versions is null
            ? SeriesPlot.Grid(examples, rows, columns, length, labels, marks)
            : SeriesPlot.Overlay(examples, labels, rows, columns, length);
        AtomicFile.Write(path, stream => stream.Write(png));
        return canvas;
    }
}
