using GpuVae.Imaging;
using GpuVae.Tests.Support;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.Imaging;

public sealed class HeatMapPictureTests : IDisposable
{
    // Where the panels begin, by the margins and the two lines of text.
    private const int Left = 14, Top = 14 + (2 * 24), Gap = 10;

    private static readonly SKColor _outline = new(0x56, 0xb4, 0xe9);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Original_reconstruction_and_heat_stand_side_by_side_beside_their_scale()
    {
        // 2×2 pixels in colours, each enlarged to 112; the last is as hot as the scale goes.
        float[] original = [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1], reconstruction = [.. Enumerable.Repeat(0f, 9), 1, 0, 1];
        using SKBitmap picture = Draw(new HeatPanels(2, 2, 3, original, reconstruction, new float[] { 0, 1, 2, 4 }), top: 4);
        SKColor At(int panel, int y, int x) =>
            picture.GetPixel(Left + (panel * (224 + Gap)) + (x * 112) + 56, Top + (y * 112) + 56);
        Assert.Equal(new SKColor(255, 0, 0), At(0, 0, 0));
        Assert.Equal(new SKColor(0, 255, 0), At(0, 0, 1));
        Assert.Equal(new SKColor(0, 0, 255), At(0, 1, 0));
        Assert.Equal(SKColors.Black, At(1, 0, 0));
        Assert.Equal(new SKColor(255, 0, 255), At(1, 1, 1));
        Assert.Equal(
            ((double[])[0, 0.25, 0.5, 1]).Select(HeatMapPicture.ColorOf), Enumerable.Range(0, 4).Select(i => At(2, i / 2, i % 2)));
        // The scale rises from the bottom to the top.
        int bar = Left + (3 * (224 + Gap)) + 5;
        Assert.Equal(0, Share(picture.GetPixel(bar, Top + 223)), 0.01);
        Assert.Equal(0.5, Share(picture.GetPixel(bar, Top + 112)), 0.01);
        Assert.Equal(1, Share(picture.GetPixel(bar, Top)), 0.01);
        Assert.Equal(Top + 224 + 14, picture.Height);
        Assert.True(HasInk(picture, SKRectI.Create(0, 0, 200, 24)), "there is no title");
        Assert.True(HasInk(picture, SKRectI.Create(bar + 14, Top, 40, 24)), "the scale has no number at its top");
    }

    [Fact]
    public void Colours_of_the_scale_become_lighter_all_the_way()
    {
        double[] lightness = [.. Enumerable.Range(0, 101).Select(i => Luminance(HeatMapPicture.ColorOf(i / 100.0)))];
        Assert.Equal(lightness.Order(), lightness);
        Assert.Equal(HeatMapPicture.ColorOf(1), HeatMapPicture.ColorOf(7));
        Assert.Equal(HeatMapPicture.ColorOf(1), HeatMapPicture.ColorOf(double.PositiveInfinity));
        Assert.Equal(HeatMapPicture.ColorOf(0), HeatMapPicture.ColorOf(-1));
    }

    [Fact]
    public void Known_defects_are_outlined_in_the_original_and_in_the_heat()
    {
        bool[] mask = new bool[28 * 28];
        mask[(10 * 28) + 5] = true;
        var panels = new HeatPanels(28, 28, 1, new float[28 * 28], new float[28 * 28], new float[28 * 28]);
        using SKBitmap with = Draw(panels with { Mask = mask }, top: 1), without = Draw(panels, top: 1);
        int Outlined(SKBitmap picture, int panel) => Enumerable.Range(0, 224 * 224).Count(i =>
            picture.GetPixel(Left + (panel * (224 + Gap)) + (i % 224), Top + (i / 224)) == _outline);
        // The edges of a pixel that is eight times as large, two thick.
        Assert.InRange(Outlined(with, 0), 48, 80);
        Assert.Equal(0, Outlined(with, 1));
        Assert.Equal(Outlined(with, 0), Outlined(with, 2));
        Assert.Equal(0, Outlined(without, 0));
    }

    [Theory]
    [InlineData(300, 200)]
    [InlineData(3, 400)]
    [InlineData(500, 2)]
    public void Large_pictures_keep_their_size_and_narrow_ones_have_room_for_their_names(int height, int width)
    {
        int pixels = height * width;
        using SKBitmap picture = Draw(new HeatPanels(height, width, 1, new float[pixels], new float[pixels], new float[pixels]), top: 1);
        Assert.Equal(1, HeatMapPicture.Enlargement(height, width) > 1 ? 0 : 1);
        Assert.InRange(picture.Height, Top + height, Top + Math.Max(height, 72) + 14);
        Assert.True(picture.Width >= (3 * Math.Max(width, 80)) + (2 * Gap), $"{picture.Width}");
        Assert.True(HasInk(picture, SKRectI.Create(Left, 38, picture.Width - 40, 22)), "the panels have no names");
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_a_long_title_is_cut()
    {
        var panels = new HeatPanels(2, 2, 1, new float[4], new float[4], new float[4]);
        string path = _folder.File("map.png");
        Assert.Throws<ArgumentException>(() => HeatMapPicture.Write(path, panels with { Heat = new float[3] }, "", 1, "nats"));
        Assert.Throws<ArgumentException>(() => HeatMapPicture.Write(path, panels with { Mask = new bool[5] }, "", 1, "nats"));
        Assert.Throws<ArgumentException>(() => HeatMapPicture.Write(path, panels with { Original = new float[12] }, "", 1, "nats"));
        Assert.Throws<ArgumentOutOfRangeException>(() => HeatMapPicture.Write(path, panels, "", 0, "nats"));
        Assert.False(File.Exists(path));
        using SKBitmap longer = Draw(panels, top: 1, new string('x', 500)), shorter = Draw(panels, top: 1);
        Assert.Equal(shorter.Width, longer.Width);
        // The margin to the right is free.
        Assert.False(HasInk(longer, SKRectI.Create(longer.Width - 12, 0, 12, 30)));
    }

    public void Dispose() => _folder.Dispose();

    private SKBitmap Draw(HeatPanels panels, double top, string title = "test/a.png: 3.2 nats, normal")
    {
        string path = _folder.File("map.png");
        HeatMapPicture.Write(path, panels, title, top, "nats");
        return SKBitmap.Decode(path);
    }

    private static double Share(SKColor color) => Enumerable.Range(0, 257).Select(i => i / 256.0)
        .First(share => HeatMapPicture.ColorOf(share) == color);

    private static double Luminance(SKColor color)
    {
        static double Linear(byte value) => Math.Pow(value / 255.0, 2.2);
        return (0.2126 * Linear(color.Red)) + (0.7152 * Linear(color.Green)) + (0.0722 * Linear(color.Blue));
    }

    private static bool HasInk(SKBitmap picture, SKRectI place)
    {
        for (int y = place.Top; y < place.Bottom; y++)
        {
            for (int x = place.Left; x < place.Right; x++)
            {
                if (picture.GetPixel(x, y).Red < 128)
                    return true;
            }
        }
        return false;
    }
}
