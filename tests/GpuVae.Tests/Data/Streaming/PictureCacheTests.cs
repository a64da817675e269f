using System.Collections.Concurrent;
using GpuVae.Data;
using GpuVae.Tests.Support;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.Data.Streaming;

public sealed class PictureCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _told = [];

    private string Pictures => _folder.File("pictures");

    private string Cache => _folder.File("kept/pictures.npy");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pictures_are_those_that_are_decoded_each_time(bool coloured)
    {
        PutAll();
        DataSettings plain = new() { Coloured = coloured }, kept = plain with { Cache = Cache, Tell = _told.Add };
        (ImageSet decoded, ImageSet? test) = ImageFolder.Read(Pictures, plain);
        foreach (int round in (int[])[1, 2])
        {
            (ImageSet held, ImageSet? heldTest) = ImageFolder.Read(Pictures, kept);
            SameImages.Require(decoded, held);
            SameImages.Require(test!, heldTest!);
            Assert.Equal(round == 1, _told.Exists(note => note.Contains("are decoded into", StringComparison.Ordinal)));
            _told.Clear();
            (ImageSet streamed, ImageSet? streamedTest) = ImageFolder.Read(Pictures, kept with { DataMemory = 50 });
            Assert.True(streamed.IsStreamed && streamedTest!.IsStreamed);
            SameImages.Require(decoded, streamed);
            SameImages.Require(test!, streamedTest!);
            _told.Clear();
        }
    }

    [Fact]
    public void The_file_is_what_is_read_the_second_time_until_a_picture_changes()
    {
        PutAll();
        DataSettings settings = new() { Cache = Cache, Tell = _told.Add };
        ImageSet before = ImageFolder.Read(Pictures, settings).Train;
        byte[] bytes = File.ReadAllBytes(Cache);
        // NumPy reads the array at the beginning; its data starts where a page of 64 bytes does.
        using (FileStream file = File.OpenRead(Cache))
            Assert.Equal([5, 3, 4, 1], NpyHeader.Read(file, Cache).Shape);
        _told.Clear();
        Assert.Equal(before.Pixels, ImageFolder.Read(Pictures, settings).Train.Pixels!);
        Assert.Equal([$"{Pictures}: 5 decoded pictures taken from {Cache}"], _told);

        // Damage of pixels is no other picture.
        byte[] damaged = [.. bytes];
        damaged[128] ^= 1;
        File.WriteAllBytes(Cache, damaged);
        Assert.Equal(before.Pixels, ImageFolder.Read(Pictures, settings).Train.Pixels!);
        Assert.Contains($"{Cache} is damaged, and is made again", _told);
        Assert.Equal(bytes, File.ReadAllBytes(Cache));

        Put("train/a/1.png", 77);
        Assert.Equal(77, ImageFolder.Read(Pictures, settings).Train.Pixels![0]);
        Assert.Contains($"{Cache} was made of other pictures, or of these before they changed, and is made again", _told);
        // Another way to draw them is another cache as well.
        Assert.Equal(8 * 8, ImageFolder.Read(Pictures, settings with { ImageSize = new ImageSize(8, 8) }).Train.Dimensions);
    }

    [Fact]
    public void Pictures_that_cannot_be_read_are_left_out_the_second_time_too()
    {
        PutAll();
        File.WriteAllText(Path.Combine(Pictures, "train", "a", "2.png"), "no picture");
        DataSettings settings = new() { Cache = Cache, SkipDamaged = true, Tell = _told.Add };
        string refused = Assert.Throws<DataException>(() => ImageFolder.Read(Pictures, settings with { SkipDamaged = false })).Message;
        Assert.Contains("--skip-damaged leaves it out", refused, StringComparison.Ordinal);
        Assert.Equal(refused, Assert.Throws<DataException>(() => ImageFolder.Read(Pictures, settings with { SkipDamaged = false })).Message);
        foreach (long? memory in (long?[])[null, 40])
        {
            _told.Clear();
            ImageSet good = ImageFolder.Read(Pictures, settings with { DataMemory = memory }).Train;
            Assert.Equal(["train/a/1.png", "train/b/1.png"], good.ExampleNames!);
            Assert.Equal(["a", "b"], good.LabelNames!);
            Assert.Equal([0, 1], good.Labels!);
            Assert.Single(_told, note => note.StartsWith("left out: 1 picture of 5 that cannot be read", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_picture_that_can_be_read_again_is_decoded_though_nothing_of_the_file_changed()
    {
        PutAll();
        string path = Path.Combine(Pictures, "train", "a", "2.png");
        DataSettings settings = new() { Cache = Cache, SkipDamaged = true, Tell = _told.Add };
        byte[] good = File.ReadAllBytes(path);
        // As where the disk could not be read for a while: the same length and time.
        DateTime time = File.GetLastWriteTimeUtc(path);
        File.WriteAllBytes(path, new byte[good.Length]);
        File.SetLastWriteTimeUtc(path, time);
        Assert.Equal(2, ImageFolder.Read(Pictures, settings).Train.Count);
        File.WriteAllBytes(path, good);
        File.SetLastWriteTimeUtc(path, time);
        Assert.Equal(3, ImageFolder.Read(Pictures, settings).Train.Count);
        Assert.Contains($"{Cache} lacks pictures that could not be read and can be now, and is made again", _told);
    }

    [Fact]
    public void A_name_that_cannot_be_written_is_refused_with_the_option()
    {
        PutAll();
        foreach ((string path, string fault) in (ValueTuple<string, string>[])[
            (Pictures, "is a folder, and the name of a file is needed"), (Path.Combine(Pictures, "train/a/1.png", "x.npy"), "cannot be written: ")])
        {
            string message = Assert.ThrowsAny<UserException>(() => ImageFolder.Read(Pictures, new DataSettings { Cache = path })).Message;
            Assert.StartsWith($"--cache {path}: {fault}", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_cache_is_no_data_and_what_a_killed_process_left_of_one_is_taken_away()
    {
        PutAll();
        Directory.CreateDirectory(Path.GetDirectoryName(Cache)!);
        string old = $"{Cache}.{new string('a', 32)}.tmp", fresh = $"{Cache}.{new string('b', 32)}.tmp", others = $"{Cache}x.{new string('a', 32)}.tmp";
        foreach (string path in (string[])[old, fresh, others])
            File.WriteAllText(path, "");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-1));
        File.SetLastWriteTimeUtc(others, DateTime.UtcNow.AddDays(-1));
        ImageFolder.Read(Pictures, new DataSettings { Cache = Cache });
        Assert.Equal([Cache, fresh, others], Directory.GetFiles(Path.GetDirectoryName(Cache)!).Order(StringComparer.Ordinal));
        foreach (string path in (string[])[Cache, Path.GetDirectoryName(Cache)!])
        {
            Assert.Contains(
                "is a cache of decoded pictures", Assert.Throws<DataException>(() => Datasets.Open(path)).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A cache is hashed as it is written, and as it is read by all processors: where they differed, none would be used.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(ByteSummary.PartBytes)]
    [InlineData((2 * ByteSummary.PartBytes) + 5)]
    public void The_hash_of_what_is_written_is_that_of_what_is_read(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        var hash = new PartHash();
        foreach (byte[] piece in bytes.Chunk(7_654_321))
            hash.Append(piece);
        Assert.Equal(ByteSummary.Of(length, (first, part) => bytes.AsSpan((int)first, part.Length).CopyTo(part.Span)).Hash, hash.Finish());
    }

    [Fact]
    public void Somebody_who_waits_is_told_how_many_are_decoded()
    {
        PutAll();
        var seen = new SeenProgress();
        ImageFolder.Read(Pictures, new DataSettings { Decoding = seen });
        Assert.Equal([1, 2, 3, 4, 5], seen.All.Select(progress => progress.Done).Order());
        Assert.All(seen.All, progress => Assert.Equal(5, progress.Total));
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("")]
    public void Another_file_is_not_overwritten(string content)
    {
        PutAll();
        string path = _folder.File("mine.npy");
        File.WriteAllText(path, content);
        RequireRefused(path, content);
        // Nor is an array of somebody's own.
        byte[] array = NumpyFiles.Build("|u1", "1, 2, 2, 1", new byte[4]);
        File.WriteAllBytes(path, array);
        RequireRefused(path, null);
        Assert.Equal(array, File.ReadAllBytes(path));

        void RequireRefused(string file, string? text)
        {
            string message = Assert.Throws<DataException>(() => ImageFolder.Read(Pictures, new DataSettings { Cache = file })).Message;
            Assert.StartsWith($"--cache {file}: the file is there and holds no decoded pictures", message, StringComparison.Ordinal);
            if (text is not null)
                Assert.Equal(text, File.ReadAllText(file));
        }
    }

    [Fact]
    public void Any_damage_to_the_text_behind_the_pictures_is_refused_or_decoded_again()
    {
        PutAll();
        DataSettings settings = new() { Cache = Cache };
        byte[] expected = ImageFolder.Read(Pictures, settings).Train.Pixels!;
        byte[] whole = File.ReadAllBytes(Cache);
        var random = new Random(1);
        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = [.. whole];
            if (round % 3 == 0)
                damaged = damaged[..random.Next(damaged.Length)];
            else
                damaged[whole.Length - 1 - random.Next(300)] = (byte)random.Next(256);
            File.WriteAllBytes(Cache, damaged);
            try
            {
                Assert.Equal(expected, ImageFolder.Read(Pictures, settings).Train.Pixels!);
            }
            catch (DataException)
            {
                File.Delete(Cache);
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private void PutAll()
    {
        Put("train/a/1.png", 10);
        Put("train/a/2.png", 20);
        Put("train/b/1.png", 30);
        Put("test/a/1.png", 40);
        Put("test/b/1.png", 50);
    }

    private void Put(string name, byte grey)
    {
        string path = Path.Combine(Pictures, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var bitmap = new SKBitmap(4, 3, SKColorType.Rgba8888, SKAlphaType.Opaque);
        bitmap.Erase(new SKColor(grey, grey, grey));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(path, data.ToArray());
    }

    private sealed class SeenProgress : IProgress<DecodingProgress>
    {
        public ConcurrentBag<DecodingProgress> All { get; } = [];

        public void Report(DecodingProgress value) => All.Add(value);
    }
}
