using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Imaging;

/// <summary>Picture files in memory: those that lose nothing, and those that lose little.</summary>
public sealed class LosslessPictureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Every_pixel_comes_back_and_nothing_else_is_in_the_file(int channels)
    {
        using var folder = new TemporaryFolder();
        var picture = new RasterImage(9, 7, channels);
        for (int i = 0; i < picture.Pixels.Length; i++)
            picture.Pixels[i] = (byte)(i * i * 37);
        foreach ((string name, byte[] file) in ((string, byte[])[])
            [("p.png", LosslessPicture.Png(picture)), ("p.webp", LosslessPicture.Webp(picture))])
        {
            File.WriteAllBytes(folder.File(name), file);
            using var read = new ImageFile(folder.File(name));
            Assert.Equal(picture.Pixels, read.Decode(channels == 3, size: null, PictureBackground.White).Pixels);
        }
        Assert.InRange(LosslessPicture.Webp(new RasterImage(28, 28, 1)).Length, 20, 60);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Pixels_come_back_nearer_the_higher_the_quality(int channels)
    {
        var picture = new RasterImage(32, 24, channels);
        for (int i = 0; i < picture.Pixels.Length; i++)
            picture.Pixels[i] = (byte)((i / channels % 32 * 4) + (i % channels * 50));
        foreach (Func<RasterImage, int, byte[]> encode in (Func<RasterImage, int, byte[]>[])[LossyPicture.Jpeg, LossyPicture.Webp])
        {
            Assert.InRange(Error(95), 0, 0.7 * Error(0));
            Assert.True(encode(picture, 0).Length < encode(picture, 95).Length);

            double Error(int quality) => LossyPicture.Decode(encode(picture, quality), channels).Pixels
                .Zip(picture.Pixels, (one, other) => (double)((one - other) * (one - other))).Average();
        }
    }
}
