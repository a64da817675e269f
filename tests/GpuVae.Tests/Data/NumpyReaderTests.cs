using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class NumpyReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, byte[]> Types => new()
    {
        { "<f4", [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0] },
        { ">f4", [0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0] },
        { "<f8", [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0] },
        { "<f2", [0, 0x3C, 0, 0xC0] },
        { "|i1", [1, 0xFE] },
        { "<i2", [1, 0, 0xFE, 0xFF] },
        { ">i2", [0, 1, 0xFF, 0xFE] },
        { "<i4", [1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF] },
        { "<i8", [1, 0, 0, 0, 0, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] },
    };

    public static TheoryData<string, byte[], string> Damages => new()
    {
        { "empty", [], "offset 0: no NumPy file" },
        { "text", "hello, world"u8.ToArray(), "offset 0: no NumPy file" },
        { "version", NumpyFiles.Build("<f4", "1, 2", new byte[8], version: 4), "offset 6: version 4" },
        { "header's end", NumpyFiles.Build("<f4", "1, 2", [])[..40], "the file ends within its header" },
        { "header's length", [0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 255], "offset 8: the header's length is damaged" },
        { "dictionary", NumpyFiles.Build("{'shape': 3}", []), "offset 10: the header is no dictionary" },
        { "objects", NumpyFiles.Build("|O", "1, 2", new byte[16]), "holds no plain numbers (descr O)" },
        { "text type", NumpyFiles.Build("<U5", "1, 2", new byte[40]), "holds no plain numbers (descr U5)" },
        { "complex", NumpyFiles.Build("<c8", "1, 2", new byte[16]), "holds no plain numbers (descr c8)" },
        { "records", NumpyFiles.Build("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 2)}", new byte[8]), "of records" },
        { "short", NumpyFiles.Build("<f4", "1, 2", new byte[7]), "truncated" },
        { "long", NumpyFiles.Build("<f4", "1, 2", new byte[9]), "bytes follow the 8" },
        { "absurd", NumpyFiles.Build("<f4", "99999999, 99999999, 99999999", new byte[9]), "truncated: the header promises" },
        { "digits without end", NumpyFiles.Build("<f4", new string('1', 900) + "x", []), "offset 10: the header is no" },
        {
            "product beyond numbers", NumpyFiles.Build("<f4", string.Join(", ", Enumerable.Repeat(int.MaxValue, 32)), []),
            "truncated: the header promises"
        },
        { "beyond integers", NumpyFiles.Build("<f4", "99999999999, 1", new byte[9]), "a size of 99999999999 is over" },
        { "nothing", NumpyFiles.Build("<f4", "0, 3", []), "has the shape (0, 3): there is nothing in it" },
        { "one dimension", NumpyFiles.Build("<f4", "2,", new byte[8]), "has the shape (2); examples are (N, D)" },
        { "five dimensions", NumpyFiles.Build("<f4", "1, 1, 1, 1, 1", new byte[4]), "has the shape (1, 1, 1, 1, 1)" },
        { "archive of nothing", NumpyFiles.Archive(), "holds no array of examples; it holds nothing" },
        {
            "archive of others", NumpyFiles.Archive(("a.npy", []), ("b.npy", [])),
            "holds no array of examples; it holds a, b, and looked for x_train"
        },
        { "damaged archive", NumpyFiles.Archive(("x.npy", new byte[100]))[..60], "the archive is damaged" },
        { "damaged array in an archive", NumpyFiles.Archive(("x.npy", [1, 2])), ": x: offset 0: no NumPy file" },
        {
            "labels of another length",
            NumpyFiles.Archive(("x.npy", NumpyFiles.Build("|u1", "2, 3", new byte[6])), ("y.npy", NumpyFiles.Build("|u1", "3,", new byte[3]))),
            ": y: 3 labels for 2 examples"
        },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_type_of_number_is_read(string type, byte[] data)
    {
        (ImageSet train, ImageSet? test) = NumpyReader.Read(Write(NumpyFiles.Build(type, "1, 2", data)));
        Assert.Null(test);
        bool isWide = type is "<f8" or "<i4" or "<i8";
        Assert.Equal(isWide, train.Exact is not null);
        Assert.Equal([1, -2], train.Exact ?? Array.ConvertAll(train.Values!, value => (double)value));
    }

    [Theory]
    [InlineData("2, 3, 4", 2, 3, 4, 1)]
    [InlineData("2L, 2L, 2L, 3L", 3, 2, 2, 3)]
    public void Shapes_say_what_an_example_is(string shape, byte version, int height, int width, int channels)
    {
        byte[] file = NumpyFiles.Build("|u1", shape, IdxFiles.Counting(24), version);
        ImageSet images = NumpyReader.Read(Write(file)).Train;
        Assert.Equal((2, height, width, channels), (images.Count, images.Height, images.Width, images.Channels));
        Assert.Equal(IdxFiles.Counting(24), images.Pixels!);
    }

    [Fact]
    public void An_archive_as_Keras_saves_MNIST_has_two_parts_with_labels()
    {
        (ImageSet train, ImageSet? test) = NumpyReader.Read(Write(NumpyFiles.Archive(
            ("x_test.npy", NumpyFiles.Build("|u1", "1, 2, 2", [9, 9, 9, 9])),
            ("x_train.npy", NumpyFiles.Build("|u1", "2, 2, 2", IdxFiles.Counting(8))),
            ("y_train.npy", NumpyFiles.Build("<i8", "2,", [7, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0])),
            ("y_test.npy", NumpyFiles.Build("|u1", "1, 1", [7])))));
        Assert.Equal(IdxFiles.Counting(8), train.Pixels!);
        Assert.Equal(["5", "7"], train.LabelNames!);
        Assert.Equal([1, 0], train.Labels!);
        Assert.Equal([9, 9, 9, 9], test!.Pixels!);
        Assert.Equal([1], test.Labels!);
    }

    [Theory]
    [InlineData("anything.npy")]
    [InlineData("X.npy")]
    [InlineData("arr_0.npy")]
    public void An_archive_of_one_array_holds_the_examples(string name) => Assert.Equal(
        [1, 2], NumpyReader.Read(Write(NumpyFiles.Archive((name, NumpyFiles.Build("<f4", "1, 2", NumpyFiles.Floats(1, 2)))))).Train.Values!);

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_fault_is_one_line_that_names_the_file_and_takes_no_memory(string name, byte[] bytes, string fault)
    {
        Assert.NotEmpty(name);
        string path = Write(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<DataException>(() => NumpyReader.Read(path)).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(fault, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void An_archive_that_unfolds_to_much_is_refused_before_it_does()
    {
        byte[] bomb = NumpyFiles.Archive(("x.npy", NumpyFiles.Build("|u1", "1, 73400320", new byte[70 << 20])));
        string message = Assert.Throws<DataException>(() => NumpyReader.Read(Write(bomb))).Message;
        Assert.Contains("over the limit", message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private string Write(byte[] bytes)
    {
        string path = _folder.File("array.npy");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
