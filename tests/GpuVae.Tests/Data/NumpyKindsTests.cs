using System.Text;
using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

/// <summary>Arrays as people save them: orders, names in archives, kinds of labels, and what axes and types mean.</summary>
public sealed class NumpyKindsTests : IDisposable
{
    private static readonly byte[] _two = NumpyFiles.Build("<f4", "2, 1", NumpyFiles.Floats(5, 6));

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _told = [];

    [Fact]
    public void Fortran_order_is_read_by_rows()
    {
        Assert.Equal([1f, 2, 3, 4, 5, 6], Read(NumpyFiles.Build("<f4", "2, 3", NumpyFiles.Floats(1, 4, 2, 5, 3, 6), fortran: true)).Values!);
        Assert.Equal(
            [1f, 2, 3, 4, 5, 6], Read(NumpyFiles.Build("<i2", "2, 3", [1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6, 0], fortran: true)).Values!);
        // Element (i, j, k) of the file's i + 2j + 4k is that of the example's 4i + 2j + k.
        ImageSet images = Read(NumpyFiles.Build("|u1", "2, 2, 2", [10, 14, 12, 16, 11, 15, 13, 17], fortran: true));
        Assert.Equal([10, 11, 12, 13, 14, 15, 16, 17], images.Pixels!);
    }

    [Fact]
    public void Large_arrays_of_either_order_hold_the_same()
    {
        const int Rows = 9000, Columns = 5;
        byte[] byRows = [.. Enumerable.Range(0, Rows * Columns).SelectMany(i => BitConverter.GetBytes((double)i))];
        byte[] byColumns =
        [
            .. Enumerable.Range(0, Rows * Columns)
                .SelectMany(i => BitConverter.GetBytes((double)((i % Rows * Columns) + (i / Rows)))),
        ];
        ImageSet one = Read(NumpyFiles.Build("<f8", $"{Rows}, {Columns}", byRows));
        Assert.Equal(one.Exact!, Read(NumpyFiles.Build("<f8", $"{Rows}, {Columns}", byColumns, fortran: true)).Exact!);
    }

    [Fact]
    public void Wide_numbers_stay_exact()
    {
        Assert.Equal([1700000000.25], Read(NumpyFiles.Build("<f8", "1, 1", BitConverter.GetBytes(1700000000.25))).Exact!);
        Assert.Equal([1700000001], Read(NumpyFiles.Build("<i8", "1, 1", BitConverter.GetBytes(1700000001L))).Exact!);
        Assert.Equal([16777217], Read(NumpyFiles.Build("<u4", "1, 1", BitConverter.GetBytes(16777217u))).Exact!);
        Assert.Equal([1.5f], Read(NumpyFiles.Build("<f4", "1, 1", NumpyFiles.Floats(1.5f))).Values!);
    }

    [Theory]
    [InlineData("X", "y")]
    [InlineData("x", "Y")]
    [InlineData("DATA", "labels")]
    [InlineData("imgs", "target")]
    [InlineData("features", "label")]
    [InlineData("arr_0", "y")]
    public void Usual_names_are_found_in_any_case(string examples, string labels)
    {
        ImageSet images = Read(NumpyFiles.Archive(
            (labels + ".npy", NumpyFiles.Build("<i4", "2,", [7, 0, 0, 0, 3, 0, 0, 0])), (examples + ".npy", _two),
            ("other.npy", _two)));
        Assert.Equal([5f, 6], images.Values!);
        Assert.Equal(["3", "7"], images.LabelNames!);
        Assert.Equal([1, 0], images.Labels!);
    }

    [Fact]
    public void An_array_is_named()
    {
        byte[] archive = NumpyFiles.Archive(
            ("x.npy", NumpyFiles.Build("<f4", "1, 1", NumpyFiles.Floats(9))), ("x_val.npy", _two), ("z.npy", _two),
            ("y_val.npy", NumpyFiles.Build("|u1", "2,", [4, 4])));
        ImageSet images = Read(archive, settings => settings with { Array = "x_val" });
        Assert.Equal([5f, 6], images.Values!);
        Assert.Equal(["4"], images.LabelNames!);
        Assert.Null(Read(archive, settings => settings with { Array = "z" }).Labels);
        Assert.Contains(
            "--array w: no such array; it holds x, x_val, z, y_val",
            Refusal(archive, settings => settings with { Array = "w" }), StringComparison.Ordinal);
        Assert.Contains(
            "--array x: a .npy file holds one array", Refusal(_two, settings => settings with { Array = "x" }), StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[], string[], int[]> LabelKinds => new()
    {
        { "texts", NumpyFiles.Build("<U3", "2,", Utf32("dog", "cat", 3)), ["cat", "dog"], [1, 0] },
        { "bytes of text", NumpyFiles.Build("|S4", "2, 1", "dog\0cat\0"u8.ToArray()), ["cat", "dog"], [1, 0] },
        { "texts of digits", NumpyFiles.Build("<U3", "2,", Utf32("007", "7", 3)), ["007", "7"], [0, 1] },
        { "one-hot", NumpyFiles.Build("<f4", "2, 3", NumpyFiles.Floats(0, 0, 1, 1, 0, 0)), ["0", "2"], [1, 0] },
        { "a column", NumpyFiles.Build("<f8", "2, 1", [.. BitConverter.GetBytes(2.0), .. BitConverter.GetBytes(1.0)]), ["1", "2"], [1, 0] },
        { "truths", NumpyFiles.Build("|b1", "2,", [1, 0]), ["False", "True"], [1, 0] },
    };

    [Theory]
    [MemberData(nameof(LabelKinds))]
    public void Labels_of_every_kind_are_read(string kind, byte[] labels, string[] names, int[] classes)
    {
        Assert.NotEmpty(kind);
        ImageSet images = Read(NumpyFiles.Archive(("X.npy", _two), ("y.npy", labels)));
        Assert.Equal(names, images.LabelNames!);
        Assert.Equal(classes, images.Labels!);
        Assert.Null(Read(
            NumpyFiles.Archive(("X.npy", _two), ("y.npy", labels)), settings => settings with { LabelColumn = "none" }).Labels);
    }

    [Theory]
    [InlineData(0, 0, 0, 1)]
    [InlineData(1, 1, 0, 1)]
    [InlineData(0.5, 0.5, 0, 1)]
    public void Rows_that_are_no_single_one_are_no_labels(float a, float b, float c, float d)
    {
        byte[] labels = NumpyFiles.Build("<f4", "2, 2", NumpyFiles.Floats(a, b, c, d));
        Assert.Contains(
            ": y: row 0 of labels (2, 2), counted from 0, is not one 1 among 0", Refusal(NumpyFiles.Archive(("X.npy", _two), ("y.npy", labels))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_as_labels_are_refused_with_what_to_do() => Assert.Contains(
        "y: holds no plain numbers (descr O); save it as uint8, an integer or a float type, or as texts with astype(str)",
        Refusal(NumpyFiles.Archive(("X.npy", _two), ("y.npy", NumpyFiles.Build("|O", "2,", new byte[16])))), StringComparison.Ordinal);

    [Fact]
    public void Channels_may_come_first()
    {
        ImageSet images = Read(NumpyFiles.Build("|u1", "1, 3, 2, 2", [10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33]));
        Assert.Equal((2, 2, 3), (images.Height, images.Width, images.Channels));
        Assert.Equal([10, 20, 30, 11, 21, 31, 12, 22, 32, 13, 23, 33], images.Pixels!);
        Assert.Contains("the shape (1, 3, 2, 2) is taken as (N, channels, height, width), 2×2 pixels of 3 channels", _told);

        images = Read(NumpyFiles.Build("<f4", "2, 1, 1, 2", NumpyFiles.Floats(1, 2, 3, 4)));
        Assert.Equal((1, 2, 1, 2), (images.Height, images.Width, images.Channels, images.Count));
        Assert.Equal([1f, 2, 3, 4], images.Values!);
        images = Read(NumpyFiles.Build("|u1", "1, 3, 2, 3", IdxFiles.Counting(18)));
        Assert.Equal((3, 2, 3), (images.Height, images.Width, images.Channels));
    }

    [Fact]
    public void Alpha_lets_the_background_through()
    {
        byte[] bytes = [200, 100, 0, 255, 200, 100, 0, 0, 200, 100, 0, 51];
        byte[] file = NumpyFiles.Build("|u1", "1, 1, 3, 4", bytes);
        ImageSet images = Read(file);
        Assert.Equal((1, 3, 3), (images.Height, images.Width, images.Channels));
        Assert.Equal([200, 100, 0, 255, 255, 255, 244, 224, 204], images.Pixels!);
        images = Read(file, settings => settings with { Background = "#000a00" });
        Assert.Equal([200, 100, 0, 0, 10, 0, 40, 28, 0], images.Pixels!);
        images = Read(NumpyFiles.Build("<f4", "1, 1, 1, 4", NumpyFiles.Floats(0.5f, 0, 1, 0.5f)));
        Assert.Equal([0.75f, 0.5f, 1], images.Values!);
        Assert.Equal(4, Read(NumpyFiles.Build("<f4", "1, 1, 1, 4", NumpyFiles.Floats(5, 0, 1, 0.5f))).Channels);
    }

    [Fact]
    public void Rows_of_bytes_are_numbers_unless_they_are_to_be_images()
    {
        byte[] file = NumpyFiles.Build("|u1", "2, 2", [0, 7, 255, 1]);
        Assert.Equal([0f, 7, 255, 1], Read(file).Values!);
        Assert.Contains("rows of bytes are taken as numbers of 0 … 255 (--image-size HEIGHTxWIDTH: as pixels)", _told);
        Assert.Equal([0, 7, 255, 1], Read(file, settings => settings with { ImageSize = new ImageSize(1, 2) }).Pixels!);
        Assert.Equal([0, 7, 255, 1], Read(NumpyFiles.Build("|u1", "1, 2, 2", [0, 7, 255, 1])).Pixels!);
    }

    [Fact]
    public void Zeros_and_ones_are_binary()
    {
        byte[] binary = NumpyFiles.Build("|u1", "2, 1, 2", [0, 1, 1, 0]);
        Assert.Equal([0f, 1, 1, 0], Read(binary).Values!);
        Assert.Contains("the bytes are 0 and 1 only, and taken as these numbers", _told);
        Assert.Equal([0f, 1, 1, 0], Read(NumpyFiles.Build("|b1", "2, 2", [0, 1, 1, 0])).Values!);
        Assert.NotNull(Read(NumpyFiles.Build("|u1", "1, 1, 2", [0, 0])).Pixels);
        // Both parts of a set are of one kind.
        Assert.NotNull(Read(NumpyFiles.Archive(
            ("x_train.npy", binary), ("x_test.npy", NumpyFiles.Build("|u1", "1, 1, 2", [0, 9])))).Pixels);
    }

    [Fact]
    public void Pixels_of_16_bits_tell_their_range()
    {
        Assert.Equal([0f, 4095], Read(NumpyFiles.Build("<u2", "1, 1, 2", [0, 0, 255, 15])).Values!);
        Assert.Contains("pixels of 16 bits go from 0 to 4095, which takes 12 bits (--scale min-max brings them to 0 … 1)", _told);
    }

    [Fact]
    public void Columns_and_labels_go_by_their_positions()
    {
        byte[] file = NumpyFiles.Build("<f4", "2, 4", NumpyFiles.Floats(1, 2, 3, 4, 5, 6, 7, 8));
        Assert.Equal([1f, 4, 5, 8], Read(file, settings => settings with { Drop = ["2-3"] }).Values!);
        Assert.Equal([3f, 7], Read(file, settings => settings with { Columns = ["3"] }).Values!);
        ImageSet images = Read(file, settings => settings with { LabelColumn = "last" });
        Assert.Equal([1f, 2, 3, 5, 6, 7], images.Values!);
        Assert.Equal(["4", "8"], images.LabelNames!);
        Assert.Contains(
            "--drop age: the file has no header; give positions from 1 to 4",
            Refusal(file, settings => settings with { Drop = ["age"] }), StringComparison.Ordinal);
        Assert.Contains(
            "has the shape (1, 2, 2); --columns, --drop and --label-column are for columns of arrays (N, D)",
            Refusal(NumpyFiles.Build("|u1", "1, 2, 2", new byte[4]), settings => settings with { Drop = ["1"] }), StringComparison.Ordinal);
    }

    [Fact]
    public void Infinite_numbers_are_named_and_missing_ones_kept()
    {
        Assert.Contains(
            ": a number is infinite: example 1 (from 0), column 1; leave",
            Refusal(NumpyFiles.Build("<f4", "2, 2", NumpyFiles.Floats(1, 2, float.PositiveInfinity, 4))), StringComparison.Ordinal);
        Assert.Equal([1f, float.NaN], Read(NumpyFiles.Build("<f4", "1, 2", NumpyFiles.Floats(1, float.NaN))).Values!);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Utf32(string one, string other, int width) =>
        Encoding.UTF32.GetBytes(one.PadRight(width, '\0') + other.PadRight(width, '\0'));

    private ImageSet Read(byte[] file, Func<DataSettings, DataSettings>? change = null)
    {
        _told.Clear();
        string path = _folder.File("array");
        File.WriteAllBytes(path, file);
        var settings = new DataSettings { Data = path, Tell = _told.Add };
        return NumpyReader.Read(change is null ? settings : change(settings)).Train;
    }

    private string Refusal(byte[] file, Func<DataSettings, DataSettings>? change = null) =>
        Assert.Throws<DataException>(() => Read(file, change)).Message;
}
