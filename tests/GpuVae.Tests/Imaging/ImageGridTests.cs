using GpuVae.Imaging;
using Xunit;

namespace GpuVae.Tests.Imaging;

public sealed class ImageGridTests
{
    [Theory]
    [InlineData(28, 28, 2)]
    [InlineData(8, 8, 7)]
    [InlineData(1, 1, 56)]
    [InlineData(14, 28, 2)]
    [InlineData(64, 64, 1)]
    [InlineData(400, 3, 1)]
    public void Images_are_enlarged_to_about_56_pixels(int height, int width, int factor) =>
        Assert.Equal(factor, ImageGrid.Enlargement(height, width));

    [Fact]
    public void Every_pixel_is_where_the_geometry_says()
    {
        const int Rows = 2, Columns = 3, Height = 20, Width = 28, Gap = 2, Factor = 2;
        var images = new float[Rows * Columns * Height * Width];
        for (int i = 0; i < images.Length; i++)
            images[i] = i % 256 / 255f;
        RasterImage grid = ImageGrid.Compose(images, Rows, Columns, Height, Width);
        Assert.Equal((Columns * ((Width * Factor) + Gap)) + Gap, grid.Width);
        Assert.Equal((Rows * ((Height * Factor) + Gap)) + Gap, grid.Height);
        for (int y = 0; y < grid.Height; y++)
        {
            for (int x = 0; x < grid.Width; x++)
            {
                (int row, int insideY) = Math.DivRem(y - Gap, (Height * Factor) + Gap);
                (int column, int insideX) = Math.DivRem(x - Gap, (Width * Factor) + Gap);
                bool gap = y < Gap || x < Gap || insideY >= Height * Factor || insideX >= Width * Factor;
                int index = (((((row * Columns) + column) * Height) + (insideY / Factor)) * Width) + (insideX / Factor);
                byte expected = gap ? ImageGrid.GapShade : (byte)(index % 256);
                Assert.Equal(expected, grid.Pixels[(y * grid.Width) + x]);
            }
        }
    }

    [Fact]
    public void Values_are_clamped_and_NaN_is_black()
    {
        float[] values = [-1f, 0f, 0.5f, 1f, 2f, float.NaN, float.PositiveInfinity, float.NegativeInfinity];
        RasterImage grid = ImageGrid.Compose(values, 1, 8, 1, 1, gap: 0);
        byte[] shades = [.. Enumerable.Range(0, 8).Select(i => grid.Pixels[i * 56])];
        Assert.Equal([0, 0, 128, 255, 255, 0, 255, 0], shades);
    }

    [Fact]
    public void A_canvas_is_drawn_over_where_it_has_the_size()
    {
        RasterImage first = ImageGrid.Compose([1f, 1f, 1f, 1f], 1, 2, 1, 2);
        RasterImage second = ImageGrid.Compose([0f, 0.5f, 1f, 0f], 1, 2, 1, 2, canvas: first);
        Assert.Same(first, second);
        Assert.Equal(ImageGrid.Compose([0f, 0.5f, 1f, 0f], 1, 2, 1, 2).Pixels, second.Pixels);
        Assert.NotSame(first, ImageGrid.Compose([0f, 0.5f], 1, 1, 1, 2, canvas: first));
    }

    [Fact]
    public void A_number_of_values_that_does_not_fit_is_refused() =>
        Assert.Throws<ArgumentException>(() => ImageGrid.Compose(new float[7], 2, 2, 1, 2));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Rows_have_their_names_beside_them_and_images_stay_where_they_are(int channels)
    {
        float[] images = [.. Enumerable.Range(0, 4 * 2 * 3 * channels).Select(i => i / (24f * channels))];
        RasterImage bare = ImageGrid.Compose(images, 4, 1, 2, 3, channels: channels);
        RasterImage named = ImageGrid.Compose(images, 4, 1, 2, 3, channels: channels, labels: new PictureLabels { Rows = ["original", "i"] });
        Assert.Equal(bare.Height, named.Height);
        Assert.InRange(named.Width - bare.Width, 30, 120);
        byte[] Row(RasterImage grid, int y) => grid.Pixels[(y * grid.Width * channels)..((y + 1) * grid.Width * channels)];
        int Ink(int row) => Enumerable.Range(row * 40, 40)
            .Sum(y => Row(named, y)[(bare.Width * channels)..].Count(value => value != ImageGrid.GapShade));
        for (int y = 0; y < bare.Height; y++)
            Assert.Equal(Row(bare, y), Row(named, y)[..(bare.Width * channels)]);
        // The names take turns, and the longer has more ink.
        Assert.Equal((Ink(0), Ink(1)), (Ink(2), Ink(3)));
        Assert.InRange(Ink(1), 1, Ink(0) / 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Columns_have_their_names_below_them_and_the_title_stands_last(int channels)
    {
        float[] images = [.. Enumerable.Range(0, 2 * 2 * 3 * channels).Select(i => i / (12f * channels))];
        RasterImage bare = ImageGrid.Compose(images, 1, 2, 2, 3, channels: channels);
        RasterImage named = ImageGrid.Compose(
            images, 1, 2, 2, 3, channels: channels, labels: new PictureLabels { Columns = ["−1.64", "i"], Title = "manifold" });
        RasterImage titled = ImageGrid.Compose(images, 1, 2, 2, 3, channels: channels, labels: new PictureLabels { Title = "manifold" });
        Assert.Equal((bare.Width, bare.Height + 44), (named.Width, named.Height));
        Assert.Equal((bare.Width, bare.Height + 22), (titled.Width, titled.Height));
        int stride = bare.Width * channels;
        Assert.Equal(bare.Pixels, named.Pixels[..bare.Pixels.Length]);
        Assert.Equal(titled.Pixels[^(22 * stride)..], named.Pixels[^(22 * stride)..]);
        int Ink(int column) => Enumerable.Range(bare.Height, 22).Sum(y => named.Pixels
            .AsSpan((y * stride) + (column * stride / 2), stride / 2).ToArray().Count(value => value != ImageGrid.GapShade));
        Assert.InRange(Ink(1), 1, Ink(0) / 2);
    }

    [Fact]
    public void Names_of_columns_that_are_too_narrow_are_left_out()
    {
        RasterImage bare = ImageGrid.Compose(new float[2], 1, 2, 1, 1);
        RasterImage named = ImageGrid.Compose(new float[2], 1, 2, 1, 1, labels: new PictureLabels { Columns = ["1", new string('w', 40)] });
        Assert.Equal(bare.Pixels, named.Pixels);
    }

    [Fact]
    public void A_row_that_is_too_low_for_text_has_no_name() =>
        Assert.Equal((2 * (100 + 2)) + 2, ImageGrid.Compose(new float[200], 1, 2, 1, 100, labels: new PictureLabels { Rows = ["a"] }).Width);
}
