using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data.Streaming;

[Collection(nameof(TestDevices))]
public sealed class StreamedSetTests(TestDevices devices) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, byte[], string> Damages => new()
    {
        { "short", NumpyFiles.Build("|u1", "9, 2, 5", new byte[89]), "truncated: the header promises 90 bytes of numbers, and 89 are there" },
        { "long", NumpyFiles.Build("|u1", "9, 2, 5", new byte[91]), "bytes follow: the header promises 90 bytes" },
        { "ones", NumpyFiles.Build("|u1", "9, 2, 5", [.. Enumerable.Repeat((byte)1, 90)]), "the bytes are 0 and 1 only" },
    };

    [Fact]
    public void Parts_of_a_streamed_set_are_those_of_one_in_memory()
    {
        ImageSet held = new(IdxFiles.Counting(60), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 2, 3), streamed = ArrayBytes.Of(held, 24);
        Assert.True(streamed is { IsStreamed: true, AreBytes: true, Pixels: null, Count: 10, Dimensions: 6 });
        Assert.True(held is { IsStreamed: false, AreBytes: true });
        Assert.False(new ImageSet(new float[2], null, 1, 1).AreBytes);
        SameImages.Require(held, streamed);
        SameImages.Require(held.Take(4), streamed.Take(4));
        SameImages.Require(held.Take([7, 8, 9, 2, 2, 0]), streamed.Take([7, 8, 9, 2, 2, 0]));
        SameImages.Require(held.Take([7, 8, 9, 2]).Take([3, 0, 1]), streamed.Take([7, 8, 9, 2]).Take([3, 0, 1]));
        SameImages.Require(held.Take(3).Append(held.Take([9, 8])), streamed.Take(3).Append(streamed.Take([9, 8])));
        SameImages.Require(held.WithShape(1, 2, 3), streamed.WithShape(1, 2, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => streamed.Take([10]));
        Assert.Throws<ArgumentException>(() => streamed.Append(held));
        Assert.Throws<ArgumentException>(() => streamed.CopyTo(9, new float[12]));
        Assert.Equal(PixelEncodings.Means(held, PixelEncoding.Threshold), PixelEncodings.Means(streamed, PixelEncoding.Threshold));
        Assert.Equal(ValueCheck.Of(held).Describe(), ValueCheck.Of(streamed).Describe());
    }

    [Fact]
    public void A_fingerprint_tells_sets_apart()
    {
        var bytes = IdxFiles.Counting(60);
        string Of(byte[] pixels, params int[] indices)
        {
            ImageSet all = ArrayBytes.Of(new ImageSet(pixels, null, 2, 3), 24);
            return DataFingerprint.Compute(new Dataset("set", all.Take(indices), all));
        }

        Assert.Equal(Of(bytes, 0, 1, 2), Of([.. bytes], 0, 1, 2));
        Assert.NotEqual(Of(bytes, 0, 1, 2), Of(bytes, 0, 1, 3));
        Assert.NotEqual(Of(bytes, 0, 1, 2), Of(bytes, 0, 2, 1));
        byte[] changed = [.. bytes];
        changed[59]++;
        Assert.NotEqual(Of(bytes, 0, 1, 2), Of(changed, 0, 1, 2));
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void A_device_gathers_the_batches_of_each_window(string name)
    {
        const int Count = 45, Width = 7, Batch = 4;
        IDevice device = devices.Open(name);
        ImageSet held = new(IdxFiles.Counting(Count * Width), null, 1, Width), streamed = ArrayBytes.Of(held, 4 * 12 * Width);
        var windows = WindowOrder.Of(streamed, Batch, new RandomSource(3, RandomPurpose.Shuffle))!;
        Assert.Equal((12, 4), (windows.Rows, windows.Windows));
        using var onDevice = new DeviceImages(device, streamed, windows);
        using DeviceBuffer<int> order = device.Allocate<int>(Count), counters = device.Allocate<int>(Counter.Count);
        using DeviceBuffer<float> buffer = device.Allocate<float>(Batch * Width);
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            windows.Begin(epoch);
            var places = new int[Count];
            windows.Fill(places);
            device.Upload<int>(places, order.AsVector());
            onDevice.Restart(0);
            var seen = new List<float>();
            for (int first = 0; first < Count; first += Batch)
            {
                onDevice.Show(first);
                device.Upload<int>([first / Batch, 0], counters.AsVector());
                View<float> x = buffer.AsMatrix(Batch, Width).RowRange(0, Math.Min(Batch, Count - first));
                onDevice.Gather(order.AsVector(), counters.AsVector(), Batch, PixelEncoding.Scaled, default, x);
                float[] rows = device.Read(x);
                // Rows count up from a byte that no other example begins with.
                foreach (float[] row in rows.Chunk(Width))
                {
                    seen.Add(row[0] * 255 / Width);
                    for (int i = 1; i < Width; i++)
                        Assert.Equal((MathF.Round(row[0] * 255) + i) % 256, row[i] * 255, tolerance: 1e-3f);
                }
            }
            // 7·i modulo 256, each once.
            Assert.Equal(
                Enumerable.Range(0, Count).Select(i => i * Width % 256).Order(),
                seen.Select(first => (int)MathF.Round(first * Width)).Order());
        }
    }

    [Fact]
    public void A_window_that_cannot_be_read_is_an_error_when_it_is_needed_and_may_be_read_later()
    {
        var bytes = new ArrayBytes(IdxFiles.Counting(40), 1, 16);
        var windows = WindowOrder.Of(new ImageSet(bytes, 1, 1, 1), 4, shuffle: null)!;
        using var reader = new WindowReader(bytes, windows);
        Assert.Equal(IdxFiles.Counting(4), reader.Read(0).ToArray());
        bytes.Broken = 8;
        Assert.Equal(IdxFiles.Counting(4, first: 4), reader.Read(1).ToArray());
        reader.ReadAhead(2);
        Assert.Contains("the disk is gone", Assert.Throws<DataException>(() => reader.Read(2)).Message, StringComparison.Ordinal);
        bytes.Broken = int.MaxValue;
        Assert.Equal(IdxFiles.Counting(4, first: 8), reader.Read(2).ToArray());
        reader.ReadAhead(windows.Windows);
    }

    [Theory]
    [InlineData("a.npy", true)]
    [InlineData("train-images-idx3-ubyte", false)]
    public void Files_stay_where_they_are_beyond_the_memory_for_them(string name, bool isNumpy)
    {
        byte[] pixels = IdxFiles.Counting(20 * 2 * 5);
        string path = _folder.File(name);
        File.WriteAllBytes(
            path, isNumpy ? NumpyFiles.Build("|u1", "20, 2, 5", pixels) : IdxFiles.BuildImages(20, 2, 5));
        var told = new List<string>();
        ImageSet Open(long? memory) => Datasets.Open(new DataSettings { Data = path, DataMemory = memory, Tell = told.Add }).Train;
        ImageSet held = Open(null);
        Assert.False(held.IsStreamed);
        Assert.False(Open(200).IsStreamed);
        told.Clear();
        ImageSet streamed = Open(199);
        Assert.True(streamed.IsStreamed);
        Assert.Single(told, note => note.EndsWith(": 200 bytes of pixels stay on disk, at most 199B of them in memory at a time", StringComparison.Ordinal));
        // The same are held out.
        SameImages.Require(held, streamed);
        Assert.Equal(199, streamed.Stream!.Memory);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void Damaged_files_are_refused_before_they_are_streamed(string damage, byte[] content, string message)
    {
        string path = _folder.File($"{damage}.npy");
        File.WriteAllBytes(path, content);
        string found = Assert.Throws<DataException>(() => Datasets.Open(new DataSettings { Data = path, DataMemory = 40 })).Message;
        Assert.StartsWith($"{path}: {message}", found, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_IDX_files_are_refused_before_they_are_streamed()
    {
        string path = _folder.File("train-images-idx3-ubyte");
        byte[] whole = IdxFiles.BuildImages(20, 2, 5);
        foreach ((byte[] content, string fault) in (ValueTuple<byte[], string>[])[(whole[..^1], "truncated"), ([.. whole, 0], "trailing bytes")])
        {
            File.WriteAllBytes(path, content);
            string found = Assert.Throws<DataException>(() => Datasets.Open(new DataSettings { Data = path, DataMemory = 40 })).Message;
            Assert.Contains(fault, found, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_changes_is_an_error()
    {
        string path = _folder.File("a.npy");
        File.WriteAllBytes(path, NumpyFiles.Build("|u1", "20, 2, 5", IdxFiles.Counting(200)));
        ImageSet images = Datasets.Open(new DataSettings { Data = path, DataMemory = 100 }).Train;
        using (FileStream file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(file.Length - 100);
        Assert.Contains(
            "changed while it was read",
            Assert.Throws<DataException>(() => images.CopyTo(images.Count - 1, new float[10])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_streamed_is_told()
    {
        string floats = _folder.File("floats.npy"), gzip = _folder.File("train-images-idx3-ubyte.gz");
        File.WriteAllBytes(floats, NumpyFiles.Build("<f4", "4, 2", NumpyFiles.Floats(1, 2, 3, 4, 5, 6, 7, 8)));
        File.WriteAllBytes(gzip, IdxFiles.Gzip(IdxFiles.BuildImages(20, 2, 5)));
        foreach (string path in (string[])[floats, gzip])
        {
            var told = new List<string>();
            Assert.False(Datasets.Open(new DataSettings { Data = path, DataMemory = 10, Tell = told.Add }).Train.IsStreamed);
            Assert.Single(told, note => note.StartsWith($"{path}: more than --data-memory 10B, and in memory as a whole all the same", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(100L)]
    public void A_folder_of_files_is_one_set_in_the_order_of_their_names(long? memory)
    {
        byte[] pixels = IdxFiles.Counting(250);
        string folder = _folder.File("shards");
        Directory.CreateDirectory(folder);
        foreach ((string name, int first, int count) in (ValueTuple<string, int, int>[])[("part-2.npy", 7, 1), ("part-10.npy", 8, 17), ("part-1.npy", 0, 7)])
            File.WriteAllBytes(Path.Combine(folder, name), NumpyFiles.Build("|u1", $"{count}, 2, 5", pixels[(10 * first)..(10 * (first + count))]));
        var told = new List<string>();
        DataSettings settings = new() { Data = folder, DataMemory = memory, Whole = true, Tell = told.Add };
        ImageSet images = Datasets.Open(settings).Train;
        Assert.Equal((memory is not null, 25), (images.IsStreamed, images.Count));
        var expected = new ImageSet(pixels, null, 2, 5);
        SameImages.Require(expected, images);
        SameImages.Require(expected.Take([24, 8, 7, 6, 0]), images.Take([24, 8, 7, 6, 0]));

        string other = Path.Combine(folder, "part-3.npy");
        File.WriteAllBytes(other, NumpyFiles.Build("|u1", "1, 5, 2", new byte[10]));
        RequireRefused("pictures of 5×2×1, and those of ");
        File.WriteAllBytes(other, NumpyFiles.Build("<f4", "1, 1, 1", new byte[4]));
        RequireRefused("holds (1, 1, 1) of f4, and a folder of .npy files is read as uint8");
        File.WriteAllBytes(other, NumpyFiles.Build("|u1", "1, 2, 5", new byte[9]));
        RequireRefused("truncated: the header promises 10 bytes");
        File.WriteAllBytes(other, []);
        RequireRefused("there is nothing in it");
        File.WriteAllBytes(other, NumpyFiles.Build("|u1", "0, 2, 5", []));
        RequireRefused("there are no pictures in it");
        foreach (DataSettings asked in (DataSettings[])[
            settings with { Array = "x" }, settings with { Columns = ["1"] }, settings with { Drop = ["1"] }, settings with { LabelColumn = "1" }])
        {
            Assert.Contains("hold pictures alone", Assert.Throws<DataException>(() => Datasets.Open(asked)).Message, StringComparison.Ordinal);
        }

        void RequireRefused(string fault) => Assert.StartsWith(
            $"{other}: {fault}", Assert.Throws<DataException>(() => Datasets.Open(settings)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", null)]
    [InlineData("auto", null)]
    [InlineData("pixels", null)]
    [InlineData("min-max", "--scale min-max: pixels that stay in their file are divided by 255")]
    [InlineData("log", "--scale log: pixels that stay in their file are divided by 255")]
    public void Pixels_of_a_file_are_scaled_as_pixels_alone(string scale, string? refusal)
    {
        string path = _folder.File("a.npy");
        File.WriteAllBytes(path, NumpyFiles.Build("|u1", "20, 2, 5", IdxFiles.Counting(200)));
        DataSettings settings = new() { Data = path, DataMemory = 100, Pipeline = Pipeline.Scaled(scale) };
        if (refusal is null)
            Assert.True(Datasets.Open(settings).Train.IsStreamed);
        else
            Assert.Contains(refusal, Assert.Throws<DataException>(() => Datasets.Open(settings)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cache_for_what_is_no_folder_of_pictures_is_told()
    {
        string path = _folder.File("a.npy");
        File.WriteAllBytes(path, NumpyFiles.Build("|u1", "20, 2, 5", IdxFiles.Counting(200)));
        var told = new List<string>();
        Datasets.Open(new DataSettings { Data = path, Cache = _folder.File("cache"), Tell = told.Add });
        Assert.Contains(told, note => note.Contains("no folder of pictures, so that --cache has nothing to keep", StringComparison.Ordinal));
        Assert.False(File.Exists(_folder.File("cache")));
    }

    [Fact]
    public void The_memory_for_windows_is_what_was_asked_for_or_one_that_can_be_typed()
    {
        Assert.Null(MemoryLimit.OfStream(null, 1000));
        Assert.Null(MemoryLimit.OfStream(1000, 1000));
        Assert.Equal(999, MemoryLimit.OfStream(999, 1000));
        Assert.Equal(1L << 50, MemoryLimit.OfStream(1L << 50, 1L << 51));
        long usual = MemoryLimit.OfStream(null, 1L << 51)!.Value;
        Assert.InRange(usual, 1 << 20, 2L << 30);
        Assert.Equal(0, usual % (1 << 20));
        // More than the examples is not counted as needed.
        Assert.Equal(4000, WindowOrder.MostBytes(new ArrayBytes(new byte[1000], 10, 1L << 50)));
        Assert.Equal(999, WindowOrder.MostBytes(new ArrayBytes(new byte[1000], 10, 999)));
    }

    [Theory]
    [InlineData("500MB", 500_000_000)]
    [InlineData("2GB", 2_000_000_000)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("20 kb", 20_000)]
    [InlineData("7KiB", 7168)]
    [InlineData("12", 12)]
    [InlineData("12B", 12)]
    public void Amounts_of_memory_are_read_and_written(string text, long bytes)
    {
        Assert.Equal(bytes, ByteSize.Parse("--data-memory", text));
        Assert.Equal(bytes, ByteSize.Parse("--data-memory", ByteSize.Text(bytes)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("-1GB")]
    [InlineData("0")]
    [InlineData("2XB")]
    [InlineData("1e3MB")]
    [InlineData("9999999999GiB")]
    [InlineData("99999999999999999999999999999GiB")]
    public void Other_texts_are_no_amounts(string text) =>
        Assert.StartsWith(
            "--data-memory", Assert.Throws<UserException>(() => ByteSize.Parse("--data-memory", text)).Message, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();
}
