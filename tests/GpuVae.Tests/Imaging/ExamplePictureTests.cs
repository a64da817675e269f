using GpuVae.Imaging;
using GpuVae.Tests.Support;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.Imaging;

public sealed class ExamplePictureTests : IDisposable
{
    private static readonly string[] _versions = ["original", "reconstruction"];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Coloured_images_keep_their_colours_in_the_grid()
    {
        // Two images of 2×1 pixels: red over green, blue over white.
        float[] images = [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1];
        string path = _folder.File("grid.png");
        ExamplePicture.Write(path, images, rows: 1, columns: 2, (2, 1, 3));
        using SKBitmap picture = SKBitmap.Decode(path);
        Assert.Equal(((2 * 28) + 6, (2 * 28) + 4), (picture.Width, picture.Height));
        Assert.Equal(new SKColor(255, 0, 0), picture.GetPixel(4, 4));
        Assert.Equal(new SKColor(0, 255, 0), picture.GetPixel(4, 40));
        Assert.Equal(new SKColor(0, 0, 255), picture.GetPixel(40, 4));
        Assert.Equal(new SKColor(255, 255, 255), picture.GetPixel(40, 40));
        Assert.Equal(new SKColor(ImageGrid.GapShade, ImageGrid.GapShade, ImageGrid.GapShade), picture.GetPixel(0, 0));
    }

    [Fact]
    public void Versions_of_a_series_are_drawn_over_each_other()
    {
        float[] series = [0, 1, 2, 3, 4, 3, 2, 1, 0.5f, 1.5f, 2.5f, 3.5f, 3.5f, 2.5f, 1.5f, 0.5f];
        string path = _folder.File("series.png");
        ExamplePicture.Write(path, series, rows: 2, columns: 2, (1, 4, 1), _versions);
        Assert.InRange(Count(path, new SKColor(0xd9, 0x5f, 0x02)), 100, 10_000);
        Assert.InRange(Count(path, new SKColor(0x33, 0x33, 0x33)), 100, 20_000);
        ExamplePicture.Write(path, series, rows: 2, columns: 2, (1, 4, 1));
        Assert.Equal(0, Count(path, new SKColor(0xd9, 0x5f, 0x02)));
        Assert.InRange(Count(path, new SKColor(0x33, 0x33, 0x33)), 100, 20_000);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(7f)]
    [InlineData(float.NaN)]
    public void Series_without_a_range_are_drawn(float value)
    {
        string path = _folder.File("series.png");
        ExamplePicture.Write(path, [value, value, value], rows: 1, columns: 3, (1, 1, 1));
        Assert.True(new FileInfo(path).Length > 0);
    }

    [Fact]
    public void A_number_of_values_that_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentException>(() => SeriesPlot.Grid(new float[7], 2, 2, 2));
        Assert.Throws<ArgumentException>(() => SeriesPlot.Overlay(new float[7], _versions, 2, 2, 2));
    }

    public void Dispose() => _folder.Dispose();

    private static int Count(string path, SKColor colour)
    {
        using SKBitmap picture = SKBitmap.Decode(path);
        return picture.Pixels.Count(pixel => pixel == colour);
    }
}
