using System.Globalization;
using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>
/// Pictures, under each what a model makes of it, and under that where it is surprised: the darker a pixel the less. The colours,
/// inferno, rise in lightness all the way, so that the colour-blind and grey prints show the same order.
/// </summary>
public static class HeatGrid
{
    /// <summary>Writes a PNG file; a file of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="pictures">(N, height·width·channels); 0 black, 1 white.</param>
    /// <param name="expected">The same, of what the model makes of them.</param>
    /// <param name="heat">(N, height·width), at least 0; +∞ is hottest.</param>
    /// <param name="shape">Rows, columns and channels of a picture; of other channels than 3 the first is shown, grey.</param>
    /// <param name="hottest">The heat of the lightest colour; 0 of the darkest. Stands beside the heat.</param>
    /// <param name="unit">What heat is counted in.</param>
    /// <exception cref="ArgumentException">The number of values does not fit the shape.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(
        string path, ReadOnlySpan<float> pictures, ReadOnlySpan<float> expected, ReadOnlySpan<float> heat,
        (int Height, int Width, int Channels) shape, double hottest, string unit)
    {
        int pixels = shape.Height * shape.Width, count = heat.Length / pixels;
        if (heat.Length != count * pixels || pictures.Length != heat.Length * shape.Channels || expected.Length != pictures.Length)
            throw new ArgumentException($"{pictures.Length}, {expected.Length} and {heat.Length} values for {shape}.", nameof(heat));
        var cells = new float[3 * heat.Length * 3];
        Colour(pictures, shape.Channels, cells.AsSpan(0, 3 * heat.Length));
        Colour(expected, shape.Channels, cells.AsSpan(3 * heat.Length, 3 * heat.Length));
        Span<float> heated = cells.AsSpan(6 * heat.Length);
        for (int i = 0; i < heat.Length; i++)
        {
            SKColor colour = HeatMapPicture.ColorOf(hottest > 0 ? heat[i] / hottest : 0);
            (heated[3 * i], heated[(3 * i) + 1], heated[(3 * i) + 2]) = (colour.Red / 255f, colour.Green / 255f, colour.Blue / 255f);
        }
        string scale = string.Create(CultureInfo.InvariantCulture, $"heat, 0 to {hottest:G3} {unit}");
        RasterImage grid = ImageGrid.Compose(
            cells, 3, count, shape.Height, shape.Width, channels: 3, labels: new PictureLabels { Rows = ["original", "reconstruction", scale] });
        Png.Write(path, grid);
    }

    private static void Colour(ReadOnlySpan<float> values, int channels, Span<float> coloured)
    {
        for (int i = 0; i < coloured.Length; i++)
            coloured[i] = channels == 3 ? values[i] : values[i / 3 * channels];
    }
}
