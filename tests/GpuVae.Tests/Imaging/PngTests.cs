using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Imaging;

public sealed class PngTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(257, 31)]
    public void Pixels_come_back_as_they_were(int width, int height)
    {
        var image = new RasterImage(width, height);
        for (int i = 0; i < image.Pixels.Length; i++)
            image.Pixels[i] = (byte)(i * 37);
        string path = _folder.File("image.png");
        Png.Write(path, image);
        RasterImage read = Png.Read(path);
        Assert.Equal((width, height), (read.Width, read.Height));
        Assert.Equal(image.Pixels, read.Pixels);
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void The_file_is_a_PNG_of_eight_bit_grey()
    {
        string path = _folder.File("image.png");
        Png.Write(path, new RasterImage(5, 4));
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10], bytes[..8]);
        // IHDR: width, height, bit depth 8, colour type 0.
        Assert.Equal([0, 0, 0, 5, 0, 0, 0, 4, 8, 0], bytes[16..26]);
    }

    [Fact]
    public void A_file_that_is_no_picture_is_named()
    {
        string path = _folder.File("image.png");
        AssertFault(path, "cannot be read");
        File.WriteAllText(path, "text");
        AssertFault(path, "no picture");
        Png.Write(path, new RasterImage(64, 64));
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^30]);
        AssertFault(path, "damaged");
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_named()
    {
        string path = _folder.File("nowhere/image.png");
        var error = Assert.Throws<UserException>(() => Png.Write(path, new RasterImage(2, 2)));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Bit 31 of where a bitmap's pixels begin: the library that decodes it read as far in a stream, and ended the process.</summary>
    [Fact]
    public void A_bitmap_whose_pixels_are_said_to_begin_gigabytes_later_is_refused()
    {
        const string Bitmap =
            "424d6600000000000000360000c82800000005000000030000000100180000000000300000000000000000000000000000000000005a000000000000"
            + "000000000000005a000a5ac80a5ad800cdb9afc461981d26cc356dc80a005ac80a0a5ac80a005ab6c80a5ac80a5ac80a005ac80a5bc80a5ac80a5ac8"
            + "0a5ac80a005ac80a5ac80a005ac8005ac80a5ac80a00";
        string path = _folder.File("far.bmp");
        File.WriteAllBytes(path, Convert.FromHexString(Bitmap));
        AssertFault(path, "damaged");
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertFault(string path, string fault)
    {
        string message = Assert.Throws<UserException>(() => Png.Read(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(fault, message, StringComparison.Ordinal);
    }
}
