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
        ExamplePicture.Write(path, series, rows: 2, columns: 2, (1, 4, 1), new PictureLabels { Versions = _versions });
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
    public void Rows_of_series_have_their_names_and_the_colours_of_their_marks()
    {
        string plain = _folder.File("plain.png"), named = _folder.File("named.png");
        float[] series = [.. Enumerable.Range(0, 24).Select(i => MathF.Sin(i))];
        ExamplePicture.Write(plain, series, rows: 2, columns: 3, (1, 4, 1));
        ExamplePicture.Write(named, series, rows: 2, columns: 3, (1, 4, 1), labels: new PictureLabels { Rows = ["unit 0", "unit 1"] });
        using SKBitmap without = SKBitmap.Decode(plain), with = SKBitmap.Decode(named);
        Assert.True(with.Width > without.Width + 20);
        Assert.Equal(without.Height, with.Height);
        // Each in the middle of its row, to the right of where the curves end.
        foreach (double height in (double[])[0.35, 0.75])
        {
            int middle = (int)(height * with.Height);
            Assert.Contains(
                Enumerable.Range(without.Width, with.Width - without.Width),
                x => Enumerable.Range(middle - 40, 80).Any(y => with.GetPixel(x, y).Red < 128));
        }

        FrameMark[] marks =
            [FrameMark.Query, FrameMark.SameLabel, FrameMark.OtherLabel, FrameMark.Query, FrameMark.SameLabel, FrameMark.None];
        File.WriteAllBytes(named, SeriesPlot.Grid(series, 2, 3, 4, new PictureLabels { Rows = ["first (a)", "second (b)"] }, marks));
        Assert.InRange(Count(named, new SKColor(0, 158, 115)), 20, 5000);
        Assert.InRange(Count(named, new SKColor(213, 94, 0)), 20, 5000);
        Assert.Throws<ArgumentException>(() => SeriesPlot.Grid(series, 2, 3, 4, new PictureLabels { Rows = ["one"] }));
        Assert.Throws<ArgumentException>(() => SeriesPlot.Grid(series, 2, 3, 4, null, [FrameMark.Query]));
    }

    [Fact]
    public void One_number_is_a_dot()
    {
        using SKBitmap picture = SKBitmap.Decode(SeriesPlot.Grid([0.5f, 1], 1, 2, 1));
        // Below the title.
        Assert.InRange(picture.Pixels[(40 * picture.Width)..].Count(pixel => pixel.Red < 128), 20, 1000);
    }

    [Fact]
    public void A_number_of_values_that_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentException>(() => SeriesPlot.Grid(new float[7], 2, 2, 2));
        Assert.Throws<ArgumentException>(() => SeriesPlot.Overlay(new float[7], new PictureLabels { Versions = _versions }, 2, 2, 2));
        Assert.Throws<ArgumentException>(() => SeriesPlot.Overlay(new float[8], new PictureLabels(), 2, 2, 2));
    }

    public void Dispose() => _folder.Dispose();

    private static int Count(string path, SKColor colour)
    {
        using SKBitmap picture = SKBitmap.Decode(path);
        return picture.Pixels.Count(pixel => pixel == colour);
    }
}
