using GpuVae.Data;
using GpuVae.Imaging;
using GpuVae.Tests.Support;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.Data;

/// <summary>What becomes of pixels: transparency, kinds of files, depth, and pictures that show nothing.</summary>
public sealed class PictureKindsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _told = [];

    [Theory]
    [InlineData("white", 128, 128, 128)]
    [InlineData("black", 0, 0, 0)]
    [InlineData("#ff8000", 128, 64, 0)]
    public void Transparent_pictures_are_drawn_on_the_background(string background, byte red, byte green, byte blue)
    {
        Draw("icon.png", 6, 6, new SKColor(99, 77, 55, 0));
        Draw("half.png", 6, 6, new SKColor(0, 0, 0, 127));
        Draw("full.png", 6, 6, new SKColor(10, 20, 30, 255));
        var settings = new DataSettings { Background = background, Coloured = true, Tell = _told.Add };
        byte[] pixels = ImageFolder.Read(_folder.FullPath, settings).Train.Pixels!;
        Assert.Equal([10, 20, 30], pixels[..3]);
        PictureBackground colour = PictureBackground.Parse(background);
        // Of black that half covers it the other half is left.
        Assert.Equal([red, green, blue], pixels[(6 * 6 * 3)..][..3]);
        Assert.Equal([colour.Red, colour.Green, colour.Blue], pixels[(2 * 6 * 6 * 3)..][..3]);
        Assert.Contains(
            $"2 pictures with transparent pixels, drawn on {background} (--background says otherwise)", _told);
        // Grey by the luma of what is seen, at the same size and at another.
        foreach (ImageSize? size in (ImageSize?[])[null, new ImageSize(3, 3)])
        {
            byte[] grey = ImageFolder.Read(_folder.FullPath, settings with { Coloured = false, ImageSize = size }).Train.Pixels!;
            int luma = ((299 * colour.Red) + (587 * colour.Green) + (114 * colour.Blue) + 500) / 1000;
            Assert.Equal(luma, grey[^1]);
        }
    }

    [Fact]
    public void Hidden_colours_of_transparent_pixels_do_not_show_at_edges_of_a_smaller_picture()
    {
        using (var bitmap = new SKBitmap(new SKImageInfo(8, 8, SKColorType.Rgba8888, SKAlphaType.Unpremul)))
        {
            // Red where nothing is to be seen, white where something is.
            for (int i = 0; i < 64; i++)
                bitmap.SetPixel(i % 8, i / 8, i % 8 < 3 ? new SKColor(255, 0, 0, 0) : SKColors.White);
            Save("a.png", bitmap, SKEncodedImageFormat.Png);
        }
        var settings = new DataSettings { Coloured = true, ImageSize = new ImageSize(4, 4) };
        Assert.All(ImageFolder.Read(_folder.FullPath, settings).Train.Pixels!, pixel => Assert.Equal(255, pixel));
    }

    [Fact]
    public void A_single_picture_is_drawn_on_its_background_too()
    {
        Draw("icon.png", 4, 4, SKColors.Transparent);
        string path = _folder.File("icon.png");
        Assert.All(ImageReader.Read(path, 4, 4, channels: 1).Pixels!, pixel => Assert.Equal(255, pixel));
        Assert.All(
            ImageReader.Read(path, 4, 4, channels: 3, new PictureBackground(7, 7, 7)).Pixels!,
            pixel => Assert.Equal(7, pixel));
    }

    [Fact]
    public void Pictures_of_other_kinds_are_read()
    {
        Put("a.bmp", OtherPictures.Bmp(5, 3, 200, 200, 200));
        Put("b.gif", OtherPictures.Gif(5, 3, 40, 220));
        Put("c.jfif", Encoded(5, 3, new SKColor(90, 90, 90), SKEncodedImageFormat.Jpeg));
        Put("d.jpe", Encoded(5, 3, new SKColor(91, 91, 91), SKEncodedImageFormat.Jpeg));
        Put("e.pgm", [.. "P5 5 3 15\n"u8, .. Enumerable.Repeat((byte)8, 15)]);
        Put("f.PPM", [.. "P6 5 3 255\n"u8, .. Enumerable.Repeat((byte)120, 45)]);
        Put("g.ico", OtherPictures.Ico(5, 3, Encoded(5, 3, new SKColor(60, 60, 60), SKEncodedImageFormat.Png)));
        ImageSet images = ImageFolder.Read(_folder.FullPath, new DataSettings { Tell = _told.Add }).Train;
        Assert.Equal([200, 40, 90, 91, 136, 120, 60], images.Pixels!.Chunk(15).Select(picture => (int)picture[7]));
        Assert.Empty(_told);
    }

    [Fact]
    public void A_TIFF_picture_is_named_with_what_converts_it()
    {
        Put("scan.tif", [.. "II*\0"u8, 8, 0, 0, 0, 0, 0]);
        string fault = Assert.Throws<DataException>(() => Datasets.Open(_folder.FullPath)).Message;
        AssertSays(fault, "holds 1 TIFF picture and no others, and TIFF is not read; convert: magick mogrify -format png *.tif");
        string single = Assert.Throws<UserException>(() => ImageReader.Read(_folder.File("scan.tif"), 2, 2, 1)).Message;
        AssertSays(single, "is a TIFF picture, which is not read; convert it: magick mogrify -format png *.tif");
        Draw("a.png", 2, 2, SKColors.Gray);
        Draw("b.png", 2, 2, SKColors.White);
        ImageFolder.Read(_folder.FullPath, new DataSettings { Tell = _told.Add });
        AssertSays(Assert.Single(_told), "left out: 1 file of other kinds (.tif 1; TIFF is not read: magick mogrify");
    }

    [Fact]
    public void Twelve_bits_in_sixteen_are_told_to_be_dark()
    {
        Put("a.png", PngFiles.Deep(2, 2, 0, 1000, 2000, 4095));
        Put("b.png", PngFiles.Deep(2, 2, 10, 100, 3000, 4000));
        ImageFolder.Read(_folder.FullPath, new DataSettings { Tell = _told.Add });
        string told = Assert.Single(_told);
        Assert.Matches("^the pictures are dark: the brightest pixel is 1[56] of 255; 2 of them are 16-bit PNG files, which are", told);
        _told.Clear();
        Put("b.png", PngFiles.Deep(2, 2, 10, 100, 3000, 60_000));
        ImageFolder.Read(_folder.FullPath, new DataSettings { Tell = _told.Add });
        Assert.Empty(_told);
    }

    [Fact]
    public void Pixels_that_are_all_the_same_are_told_and_a_shade_for_each_picture_is_not()
    {
        Draw("a.png", 2, 2, SKColors.White);
        Draw("b.png", 2, 2, SKColors.Transparent);
        ImageFolder.Read(_folder.FullPath, new DataSettings { Tell = _told.Add });
        Assert.Contains(
            "every pixel of all 2 pictures is 255 of 255: there is nothing to learn from them; another --background may show "
            + "what is in them", _told);
        _told.Clear();
        Draw("b.png", 2, 2, SKColors.Gray);
        ImageFolder.Read(_folder.FullPath, new DataSettings { Tell = _told.Add });
        Assert.Empty(_told);
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertSays(string message, string part) => Assert.Contains(part, message, StringComparison.Ordinal);

    private static byte[] Encoded(int width, int height, SKColor colour, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.Erase(colour);
        using SKData encoded = bitmap.Encode(format, 100);
        return encoded.ToArray();
    }

    private void Draw(string name, int width, int height, SKColor colour) =>
        Put(name, Encoded(width, height, colour, SKEncodedImageFormat.Png));

    private void Save(string name, SKBitmap bitmap, SKEncodedImageFormat format)
    {
        using SKData encoded = bitmap.Encode(format, 100);
        Put(name, encoded.ToArray());
    }

    private void Put(string name, byte[] bytes) => File.WriteAllBytes(_folder.File(name), bytes);
}
