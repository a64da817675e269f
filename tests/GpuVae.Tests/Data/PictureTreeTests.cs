using GpuVae.Data;
using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

/// <summary>Which files of a folder are pictures, of what part and what class, and which are left out.</summary>
public sealed class PictureTreeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _told = [];

    [Fact]
    public void What_systems_leave_behind_is_neither_a_class_nor_a_picture()
    {
        Put("cat/1.png", "dog/1.png", ".ipynb_checkpoints/1-checkpoint.png", "__MACOSX/cat/1.png", ".git/1.png", "cat/._1.png");
        File.WriteAllText(_folder.File("Thumbs.db"), "");
        File.WriteAllText(_folder.File("dog/.DS_Store"), "");
        ImageSet images = Read().Train;
        Assert.Equal(["cat", "dog"], images.LabelNames!);
        Assert.Equal(["cat/1.png", "dog/1.png"], images.ExampleNames!);
        Assert.Empty(_told);
    }

    [Theory]
    [InlineData("train", "test")]
    [InlineData("Train", "TEST")]
    [InlineData("training", "testing")]
    [InlineData("TRAINING", "Validation")]
    [InlineData("train", "val")]
    public void Parts_are_known_in_any_case(string train, string test)
    {
        Put($"{train}/a/1.png", $"{train}/b/2.png", $"{test}/b/3.png");
        (ImageSet trained, ImageSet? tested) = Read();
        Assert.Equal(["a", "b"], trained.LabelNames!);
        Assert.Equal([0, 1], trained.Labels!);
        Assert.Equal([1], tested!.Labels!);
        Assert.Equal([$"{test}/b/3.png"], tested.ExampleNames!);
        Assert.Empty(_told);
    }

    [Fact]
    public void One_part_alone_is_the_set()
    {
        Put("Train/a/1.png", "Train/b/2.png");
        (ImageSet train, ImageSet? test) = Read();
        Assert.Null(test);
        Assert.Equal(["a", "b"], train.LabelNames!);
        Assert.StartsWith(
            "Train/ is the only part of the set: the test part is held out", Assert.Single(_told), StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_may_have_the_name_of_a_part()
    {
        Put("train/1.png", "bus/1.png", "car/1.png");
        (ImageSet train, ImageSet? test) = Read();
        Assert.Null(test);
        Assert.Equal(["bus", "car", "train"], train.LabelNames!);
    }

    [Theory]
    [InlineData("test", "train", "train/a/1.png", "test/1.png")]
    [InlineData("train", "test", "train/1.png", "test/a/1.png")]
    public void A_part_without_folders_of_classes_has_no_labels(string flat, string labelled, string one, string other)
    {
        Put(one, other);
        (ImageSet train, ImageSet? test) = Read();
        Assert.Equal((flat == "train", flat == "test"), (train.Labels is null, test!.Labels is null));
        Assert.Equal(
            $"{flat}/ has no folders of classes: its pictures have no labels, and those of {labelled}/ have", Assert.Single(_told));
    }

    [Fact]
    public void Deeper_folders_belong_to_the_class_above_them()
    {
        Put("cat/1.png", "cat/tabby/2.png", "cat/tabby/old/3.png", "dog/4.png");
        ImageSet images = Read().Train;
        Assert.Equal([0, 0, 0, 1], images.Labels!);
        Assert.Equal(["cat/1.png", "cat/tabby/2.png", "cat/tabby/old/3.png", "dog/4.png"], images.ExampleNames!);
        Assert.StartsWith(
            "2 pictures in deeper folders, such as cat/tabby/2.png: the class is the first folder's name (cat)",
            Assert.Single(_told), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_out_is_counted_and_named()
    {
        Put("train/a/1.png", "train/b/1.png", "test/a/1.png", "valid/a/1.png", "valid/a/2.png", "3.png");
        Put("train/a/1/2/3/4/5/6/7/deep.png");
        for (int i = 0; i < 12; i++)
            File.WriteAllText(_folder.File($"train/{i}.svg"), "");
        File.WriteAllText(_folder.File("README"), "");
        Read();
        string told = _told.Single(sentence => sentence.StartsWith("left out: ", StringComparison.Ordinal));
        Assert.Contains("13 files of other kinds (.svg 12, without an ending 1)", told, StringComparison.Ordinal);
        Assert.Contains("1 folder deeper than 8 levels (train/a/1/2/3/4/5/6/7)", told, StringComparison.Ordinal);
        Assert.Contains("2 pictures of valid/", told, StringComparison.Ordinal);
        Assert.Contains("1 picture of the folder itself", told, StringComparison.Ordinal);
        Assert.Contains("(the parts are train/ and test/)", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_are_followed_but_not_round_and_round()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a link takes rights there");
        Put("set/cat/1.png", "elsewhere/2.png");
        Directory.CreateSymbolicLink(_folder.File("set/dog"), _folder.File("elsewhere"));
        Directory.CreateSymbolicLink(_folder.File("set/cat/again"), _folder.File("set"));
        Directory.CreateSymbolicLink(_folder.File("set/cat/itself"), _folder.File("set/cat"));
        ImageSet images = ImageFolder.Read(_folder.File("set"), new DataSettings { Tell = _told.Add }).Train;
        Assert.Equal(["cat/1.png", "dog/2.png"], images.ExampleNames!);
        Assert.Empty(_told);
    }

    [Fact]
    public void All_damaged_pictures_are_named_at_once_or_left_out()
    {
        Put([.. Enumerable.Range(10, 30).Select(i => $"a/{i}.png")]);
        for (int i = 10; i < 22; i++)
            File.WriteAllBytes(_folder.File($"a/{i}.png"), i % 2 == 0 ? [] : File.ReadAllBytes(_folder.File($"a/{i}.png"))[..50]);
        string fault = Assert.Throws<DataException>(() => Read()).Message;
        Assert.Contains("12 of 30 pictures cannot be read: a/10.png, a/11.png, a/12.png", fault, StringComparison.Ordinal);
        Assert.Contains("a/19.png, …; replace them, or --skip-damaged leaves them out; the first: ", fault, StringComparison.Ordinal);
        ImageSet images = Read(new DataSettings { SkipDamaged = true }).Train;
        Assert.Equal(Enumerable.Range(22, 18).Select(i => $"a/{i}.png"), images.ExampleNames!);
        Assert.Equal(18, images.Labels!.Length);
        Assert.StartsWith(
            "left out: 12 pictures of 30 that cannot be read: a/10.png, a/11.png", Assert.Single(_told), StringComparison.Ordinal);
    }

    [Fact]
    public void One_damaged_picture_is_named_with_its_fault_and_none_but_damaged_ones_cannot_be_skipped()
    {
        Put("1.png", "2.png");
        File.WriteAllText(_folder.File("2.png"), "text");
        string fault = Assert.Throws<DataException>(() => Read()).Message;
        Assert.StartsWith($"{_folder.File("2.png")}: is no picture that can be read", fault, StringComparison.Ordinal);
        Assert.EndsWith(", or --skip-damaged leaves it out", fault, StringComparison.Ordinal);
        File.WriteAllText(_folder.File("1.png"), "text");
        Assert.Contains(
            "2 of 2 pictures cannot be read: 1.png, 2.png; replace them; the first: ",
            Assert.Throws<DataException>(() => Read(new DataSettings { SkipDamaged = true })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_sizes_the_commonest_is_proposed()
    {
        Put("a.png", "c.png", "d.png");
        Png.Write(_folder.File("0.png"), new RasterImage(9, 8));
        Png.Write(_folder.File("b.png"), new RasterImage(5, 6));
        string fault = Assert.Throws<DataException>(() => Read()).Message;
        Assert.Equal(
            $"{_folder.File("0.png")}: 8×9 pixels, and {_folder.File("a.png")} has 2×3; give --image-size 2x3 to draw all at the "
            + "commonest of the 3 sizes (3 of 5 pictures have it), or another one", fault);
    }

    [Fact]
    public void Of_sizes_that_few_pictures_have_none_is_proposed()
    {
        Put("a.png");
        Png.Write(_folder.File("0.png"), new RasterImage(9, 8));
        Png.Write(_folder.File("b.png"), new RasterImage(5, 6));
        Assert.EndsWith(
            "; give --image-size HxW, as 64x64, to draw all 3 pictures at one size (they have 3)",
            Assert.Throws<DataException>(() => Read()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_sizes_that_as_many_pictures_have_none_is_called_the_commonest()
    {
        Put("a.png", "b.png");
        Png.Write(_folder.File("0.png"), new RasterImage(9, 8));
        Png.Write(_folder.File("1.png"), new RasterImage(9, 8));
        Assert.EndsWith(
            "; give --image-size HxW, as 64x64, to draw all 4 pictures at one size (they have 2)",
            Assert.Throws<DataException>(() => Read()).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private (ImageSet Train, ImageSet? Test) Read(DataSettings? settings = null)
    {
        _told.Clear();
        return ImageFolder.Read(_folder.FullPath, (settings ?? new DataSettings()) with { Tell = _told.Add });
    }

    private void Put(params string[] names)
    {
        for (int i = 0; i < names.Length; i++)
        {
            string path = _folder.File(names[i]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var image = new RasterImage(3, 2);
            image.Pixels.AsSpan().Fill((byte)(50 + i));
            Png.Write(path, image);
        }
    }
}
