using System.IO.Compression;
using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class IdxReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, byte[], string> DamagedImages => new()
    {
        { "empty", [], "offset 0: the file is empty" },
        { "half a header", IdxFiles.BuildImages(2, 3, 4)[..10], "offset 10: the file ends within its header" },
        { "labels", IdxFiles.BuildLabels(5), "offset 0: the magic number is 0x00000801 (labels)" },
        { "floats", IdxFiles.Build(0xD03, [1, 1, 1], 0, 0, 0, 0), "0x00000d03 (IDX, but not of unsigned bytes)" },
        { "other text", "<html>not found</html>"u8.ToArray(), "offset 0: the magic number is 0x3c68746d" },
        { "no images", IdxFiles.Build(IdxFiles.Images, [0, 28, 28]), "offset 4: the file holds no images" },
        { "no rows", IdxFiles.Build(IdxFiles.Images, [1, 0, 28]), "offset 8: an image has 0 rows" },
        { "no columns", IdxFiles.Build(IdxFiles.Images, [1, 28, 0]), "offset 12: an image has 0 columns" },
        { "2^31 images", IdxFiles.Build(IdxFiles.Images, [1u << 31, 28, 28]), "offset 4: 2147483648 images" },
        { "2^31 rows", IdxFiles.Build(IdxFiles.Images, [1, 1u << 31, 28]), "offset 8: 2147483648 rows" },
        { "2^32-1 columns", IdxFiles.Build(IdxFiles.Images, [1, 1, uint.MaxValue]), "offset 12: 4294967295 columns" },
        { "absurd product", IdxFiles.Build(IdxFiles.Images, [1 << 30, 1 << 30, 1 << 30]), "offset 4: 1073741824 i" },
        {
            "two gigabytes promised", IdxFiles.Build(IdxFiles.Images, [2_000_000, 32, 32], 1, 2, 3),
            "offset 19: truncated: the header promises 2048000000 more bytes than its own 16, and 3 are there"
        },
        { "a byte short", IdxFiles.BuildImages(2, 3, 4)[..^1], "offset 39: truncated" },
        { "a byte more", [.. IdxFiles.BuildImages(2, 3, 4), 0], "offset 40: trailing bytes" },
    };

    public static TheoryData<string, byte[], string> DamagedGzip
    {
        get
        {
            byte[] images = IdxFiles.BuildImages(20, 28, 28);
            byte[] whole = IdxFiles.Gzip(images);
            byte[] otherChecksum = [.. whole];
            otherChecksum[^8] ^= 1;
            byte[] otherLength = [.. whole];
            otherLength[^4] ^= 1;
            byte[] otherMethod = [.. whole];
            otherMethod[2] = 9;
            return new()
            {
                { "magic alone", [0x1f, 0x8b], "the file is empty" },
                { "unknown method", otherMethod, "offset 0 (decompressed): the gzip data is damaged" },
                { "other bytes", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255, 255], "the gzip data is damaged" },
                { "cut in the middle", whole[..(whole.Length / 2)], "truncated" },
                { "cut in the trailer", whole[..^3], "truncated, of several members, or followed" },
                { "wrong checksum", otherChecksum, "the gzip data is damaged" },
                { "wrong length", otherLength, "the gzip data is damaged" },
                { "something behind it", [.. whole, 1, 2, 3, 4, 5], "followed by other bytes" },
                {
                    // Found by fuzzing: all elements are there, and what follows them is no deflate block.
                    "damage behind the elements",
                    Convert.FromHexString("1f8b08000000000004036360e06066606060846384848484003b91824711000000"),
                    "offset 17 (decompressed): the gzip data is damaged"
                },
                {
                    "several members", [.. IdxFiles.Gzip(images[..99]), .. IdxFiles.Gzip(images[99..])],
                    "of several members"
                },
                {
                    "trailing bytes", IdxFiles.Gzip([.. IdxFiles.BuildImages(2, 3, 4), 0]),
                    "offset 40 (decompressed): trailing bytes"
                },
                {
                    "two gigabytes promised", IdxFiles.Gzip(IdxFiles.Build(IdxFiles.Images, [2_000_000, 32, 32], 1, 2)),
                    "offset 18 (decompressed): truncated: the header promises 2048000000"
                },
            };
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Images_of_any_size_are_read_whatever_the_name_says_of_compression(bool compressed)
    {
        byte[] bytes = IdxFiles.BuildImages(5, 3, 7);
        string path = Write(compressed ? "images" : "images.gz", compressed ? IdxFiles.Gzip(bytes) : bytes);
        ImageSet images = IdxReader.ReadImages(path);
        Assert.Equal((5, 3, 7, 21), (images.Count, images.Height, images.Width, images.Dimensions));
        Assert.Equal(IdxFiles.Counting(5 * 3 * 7), images.Pixels!);
        Assert.Null(images.Labels);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Labels_are_read(bool compressed)
    {
        byte[] bytes = IdxFiles.BuildLabels(12);
        string path = Write("labels", compressed ? IdxFiles.Gzip(bytes) : bytes);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1], IdxReader.ReadLabels(path));
    }

    [Theory]
    [MemberData(nameof(DamagedImages))]
    [MemberData(nameof(DamagedGzip))]
    public void Damaged_images_are_one_line_that_names_file_and_fault(string name, byte[] bytes, string fault)
    {
        string path = Write(name, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<DataException>(() => IdxReader.ReadImages(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Damaged_labels_are_one_line_that_names_file_and_fault()
    {
        string images = Write("images", IdxFiles.BuildImages(1, 2, 2));
        string many = Write("many", IdxFiles.Build(IdxFiles.Labels, [int.MaxValue]));
        AssertFault(() => IdxReader.ReadLabels(images), $"{images}: offset 0: the magic number is 0x00000803 (images)");
        AssertFault(() => IdxReader.ReadLabels(many), $"{many}: offset 4: 2147483647 labels");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_grows_beyond_the_limit_takes_neither_memory_nor_time(bool lengthIsRight)
    {
        int length = (int)DecompressionLimit.Minimum + 1;
        byte[] bomb = IdxFiles.Gzip(
            IdxFiles.Build(IdxFiles.Images, [(uint)length, 1, 1], new byte[length]), CompressionLevel.SmallestSize);
        if (!lengthIsRight)
            bomb[^4] ^= 1;
        string path = Write("bomb", bomb);
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertFault(
            () => IdxReader.ReadImages(path), $"{path}: {bomb.Length} compressed bytes that grow to {length / 1000}");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_folder_is_no_file() =>
        AssertFault(() => IdxReader.ReadImages(_folder.FullPath), "cannot be read: it is a folder");

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        AssertFault(() => IdxReader.ReadImages(_folder.File("nowhere")), "nowhere: cannot be read");

    public void Dispose() => _folder.Dispose();

    private static void AssertFault(Func<object> read, string fault) =>
        Assert.Contains(fault, Assert.Throws<DataException>(read).Message, StringComparison.Ordinal);

    private string Write(string name, byte[] bytes)
    {
        string path = _folder.File(name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
