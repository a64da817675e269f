using System.Text;
using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Imaging;

public sealed class NetpbmFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<byte[], byte[]> Grey => new()
    {
        { "P2\n# from a scanner\n3 2\n15\n0 1 2\n13 14 15\n"u8.ToArray(), [0, 17, 34, 221, 238, 255] },
        { "P2#c\r3 #c\n2\t1000 0 1000 500 250 1 999"u8.ToArray(), [0, 255, 128, 64, 0, 255] },
        { [.. "P5 3 2 255\n"u8, 0, 10, 32, 13, 200, 255], [0, 10, 32, 13, 200, 255] },
        { [.. "P5\n3\n2\n4095\n"u8, 0, 0, 15, 255, 8, 0, 4, 0, 0, 15, 0, 16], [0, 255, 128, 64, 1, 1] },
        { [.. "P5\n3 2\n1\n"u8, 0, 1, 1, 0, 1, 0, 99], [0, 255, 255, 0, 255, 0] },
    };

    public static TheoryData<string, string> Damaged => new()
    {
        { "P5\n3 2\n255\n12345", "truncated: 2×3 pixels need at least 6 bytes, and 5 are there" },
        { "P5\n3 2\n256\n12345678901", "truncated: 2×3 pixels need at least 12 bytes, and 11 are there" },
        { "P6\n1 1\n255\n12", "truncated: 1×1 pixels need at least 3 bytes" },
        { "P6\n2000000000 2000000000\n255\n12", "truncated: 2000000000×2000000000 pixels need" },
        { "P5\n99999999999 2\n255\n12", "the width is no whole number up to 2147483647" },
        { "P5\n-3 2\n255\n123456", "the width is no whole number" },
        { "P5\n3 2\n65536\n123456", "the largest value is no whole number up to 65535" },
        { "P5\n3 2\n0\n123456", "largest value 0 have to be at least 1" },
        { "P5\n0 2\n255\n123456", "width 0, height 2" },
        { "P5\n3 2x\n255\n123456", "the height is no whole number" },
        { "P5\n# comment without an end", "truncated" },
        { "P2\n3 2\n15\n0 1 2 3 4", "truncated" },
        { "P2\n3 2\n15\n0 1 2 3 4 16", "the value 16 is over the largest, 15" },
        { "P2\n3 2\n15\n0 1 2 3 4 x ", "the pixel is no whole number" },
        { "P3\n1 1\n255\n0 1", "truncated" },
        { "P5\n1 1\n100\ne", "the value 101 is over the largest, 100" },
    };

    [Theory]
    [MemberData(nameof(Grey))]
    public void Grey_values_become_bytes(byte[] bytes, byte[] expected)
    {
        RasterImage image = Read(bytes, coloured: false);
        Assert.Equal((3, 2, 1), (image.Width, image.Height, image.Channels));
        Assert.Equal(expected, image.Pixels);
        Assert.Equal(expected.SelectMany(value => Enumerable.Repeat(value, 3)), Read(bytes, coloured: true).Pixels);
    }

    [Fact]
    public void Colours_are_kept_or_become_grey()
    {
        byte[] text = "P3 2 1 255 200 100 50 0 0 255"u8.ToArray();
        byte[] binary = [.. "P6 2 1 255\n"u8, 200, 100, 50, 0, 0, 255];
        foreach (byte[] bytes in (byte[][])[text, binary])
        {
            Assert.Equal([200, 100, 50, 0, 0, 255], Read(bytes, coloured: true).Pixels);
            Assert.Equal([124, 29], Read(bytes, coloured: false).Pixels);
        }
        Assert.Equal(
            Enumerable.Repeat((byte)200, 16),
            Read([.. "P5 2 2 255\n"u8, 200, 200, 200, 200], coloured: false, size: (4, 4)).Pixels);
    }

    [Theory]
    [MemberData(nameof(Damaged))]
    public void A_damaged_file_is_refused_before_memory_is_taken(string text, string fault)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<UserException>(() => Read(Encoding.Latin1.GetBytes(text), coloured: false)).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.StartsWith($"{_folder.File("picture")}: the picture is damaged (", message, StringComparison.Ordinal);
        Assert.Contains(fault, message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private RasterImage Read(byte[] bytes, bool coloured, (int Height, int Width)? size = null)
    {
        string path = _folder.File("picture");
        File.WriteAllBytes(path, bytes);
        using var file = new ImageFile(path);
        return file.Decode(coloured, size, PictureBackground.White);
    }
}
