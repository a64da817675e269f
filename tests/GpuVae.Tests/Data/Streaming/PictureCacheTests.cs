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
            RequireSame(decoded, held);
            RequireSame(test!, heldTest!);
            Assert.Equal(round == 1, _told.Exists(note => note.Contains("are decoded into", StringComparison.Ordinal)));
            _told.Clear();
            (ImageSet streamed, ImageSet? streamedTest) = ImageFolder.Read(Pictures, kept with { DataMemory = 50 });
            Assert.True(streamed.IsStreamed && streamedTest!.IsStreamed);
            RequireSame(decoded, streamed);
            RequireSame(test!, streamedTest!);
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
        bytes[128] ^= 1;
        File.WriteAllBytes(Cache, bytes);
        Assert.Equal(before.Pixels![0] ^ 1, ImageFolder.Read(Pictures, settings).Train.Pixels![0]);

        _told.Clear();
        Put("train/a/1.png", 77);
        Assert.Equal(77, ImageFolder.Read(Pictures, settings).Train.Pixels![0]);
        Assert.Contains($"{Cache}: is of other pictures, or of these before they changed: decoded again", _told);
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

    private static void RequireSame(ImageSet expected, ImageSet actual)
    {
        Assert.Equal(expected.Labels, actual.Labels);
        Assert.Equal(expected.LabelNames, actual.LabelNames);
        Assert.Equal(expected.ExampleNames, actual.ExampleNames);
        Assert.Equal(expected.Shape, actual.Shape);
        float[] one = new float[expected.Count * expected.Dimensions], other = new float[one.Length];
        expected.CopyTo(0, one);
        actual.CopyTo(0, other);
        Assert.Equal(one, other);
    }
}
