using GpuVae.Data;
using GpuVae.Imaging;
using GpuVae.Tests.Support;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class ImageFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Pictures_come_in_the_order_of_their_names()
    {
        Put("b.png", 3, 2, 20);
        Put("a.png", 3, 2, 10);
        Put("c.PNG", 3, 2, 30);
        File.WriteAllText(_folder.File("notes.txt"), "no picture");
        (ImageSet images, ImageSet? test) = ImageFolder.Read(_folder.FullPath, new DataSettings());
        Assert.Null(test);
        Assert.Equal((3, 3, 2, 1), (images.Count, images.Height, images.Width, images.Channels));
        Assert.Equal(Enumerable.Repeat((byte)10, 6).Concat(Enumerable.Repeat((byte)20, 6)).Concat(Enumerable.Repeat((byte)30, 6)), images.Pixels!);
        Assert.Null(images.Labels);
    }

    [Fact]
    public void Subfolders_are_classes_in_the_natural_order_of_their_names()
    {
        Put("zebra/1.png", 2, 2, 1);
        Put("10/1.png", 2, 2, 2);
        Put("2/1.png", 2, 2, 3);
        ImageSet images = ImageFolder.Read(_folder.FullPath, new DataSettings()).Train;
        Assert.Equal(["2", "10", "zebra"], images.LabelNames!);
        Assert.Equal([0, 1, 2], images.Labels!);
        Assert.Equal([3, 2, 1], images.Pixels!.Chunk(4).Select(image => (int)image[0]));
    }

    [Fact]
    public void Folders_of_training_and_test_pictures_share_their_classes()
    {
        Put("train/cat/1.png", 2, 2, 1);
        Put("train/dog/1.png", 2, 2, 2);
        Put("test/dog/1.png", 2, 2, 3);
        (ImageSet train, ImageSet? test) = ImageFolder.Read(_folder.FullPath, new DataSettings());
        Assert.Equal([0, 1], train.Labels!);
        Assert.Equal([1], test!.Labels!);
        Assert.Equal(["cat", "dog"], test.LabelNames!);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png, "a.png", 0)]
    [InlineData(SKEncodedImageFormat.Jpeg, "a.jpg", 6)]
    [InlineData(SKEncodedImageFormat.Webp, "a.webp", 8)]
    public void Colours_are_kept_or_become_grey_by_their_luma(SKEncodedImageFormat format, string name, int tolerance)
    {
        Encode(name, format, 8, 8, new SKColor(200, 100, 50));
        byte[] colours = ImageFolder.Read(_folder.FullPath, new DataSettings { Coloured = true }).Train.Pixels!;
        Assert.Equal(8 * 8 * 3, colours.Length);
        for (int i = 0; i < colours.Length; i++)
            Assert.InRange(colours[i] - (i % 3 == 0 ? 200 : i % 3 == 1 ? 100 : 50), -tolerance, tolerance);
        byte[] grey = ImageFolder.Read(_folder.FullPath, new DataSettings()).Train.Pixels!;
        Assert.All(grey, pixel => Assert.InRange(pixel - 124, -tolerance, tolerance));
    }

    [Fact]
    public void A_size_draws_all_of_them_at_it()
    {
        Put("a.png", 30, 20, 90);
        Put("b.png", 7, 9, 200);
        ImageSet images = ImageFolder.Read(_folder.FullPath, new DataSettings { ImageSize = new ImageSize(4, 5) }).Train;
        Assert.Equal((2, 4, 5), (images.Count, images.Height, images.Width));
        Assert.Equal(Enumerable.Repeat((byte)90, 20).Concat(Enumerable.Repeat((byte)200, 20)), images.Pixels!);
    }

    [Fact]
    public void Pictures_of_two_sizes_are_named()
    {
        Put("a.png", 3, 2, 1);
        Put("b.png", 2, 3, 1);
        AssertFault("b.png: 2×3 pixels, and ", "a.png has 3×2; give --image-size");
    }

    [Fact]
    public void A_damaged_picture_among_good_ones_is_named()
    {
        for (int i = 0; i < 9; i++)
            Put($"{i}.png", 40, 40, (byte)i);
        byte[] whole = File.ReadAllBytes(_folder.File("5.png"));
        File.WriteAllBytes(_folder.File("5.png"), whole[..^25]);
        AssertFault("5.png: the picture is damaged");
        File.WriteAllText(_folder.File("5.png"), "text");
        AssertFault("5.png: is no picture");
    }

    [Fact]
    public void A_picture_that_promises_more_pixels_than_its_bytes_can_mean_takes_no_memory()
    {
        Put("a.png", 3, 2, 20);
        string path = _folder.File("a.png");
        File.WriteAllBytes(path, PngFiles.WithSize(File.ReadAllBytes(path), width: 16_000, height: 16_000));
        long before = GC.GetAllocatedBytesForCurrentThread();
        var fault = Assert.Throws<DataException>(() => ImageFolder.Read(_folder.FullPath, new DataSettings()));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.StartsWith($"{path}: 16000×16000 pixels from ", fault.Message, StringComparison.Ordinal);
        Assert.Contains("are over the limit of 16777216 pixels", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_of_another_kind_is_refused()
    {
        // Two zeros and a size are a whole picture of the format WBMP: many files would be one by chance.
        File.WriteAllBytes(_folder.File("a.png"), [0, 0, 8, 1, 0xff]);
        var fault = Assert.Throws<DataException>(() => ImageFolder.Read(_folder.FullPath, new DataSettings()));
        Assert.Contains("a.png: is no picture that can be read", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_beside_classes_and_a_folder_without_any_are_named()
    {
        Put("cat/1.png", 2, 2, 1);
        Put("2.png", 2, 2, 1);
        AssertFault("2.png: lies beside folders of pictures");
        Directory.Delete(_folder.File("cat"), recursive: true);
        File.Delete(_folder.File("2.png"));
        AssertFault("holds no pictures; looked for .png, .jpg, .jpeg, .jpe, .jfif, .webp, .bmp, .gif");
    }

    public void Dispose() => _folder.Dispose();

    private void AssertFault(params string[] parts)
    {
        string message = Assert.ThrowsAny<UserException>(() => ImageFolder.Read(_folder.FullPath, new DataSettings())).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', message);
    }

    private void Put(string name, int height, int width, byte shade)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var image = new RasterImage(width, height);
        image.Pixels.AsSpan().Fill(shade);
        Png.Write(path, image);
    }

    private void Encode(string name, SKEncodedImageFormat format, int height, int width, SKColor colour)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(colour);
        using SKData encoded = bitmap.Encode(format, 100);
        File.WriteAllBytes(_folder.File(name), encoded.ToArray());
    }
}
