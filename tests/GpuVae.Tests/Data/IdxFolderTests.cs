using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class IdxFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _told = [];

    [Fact]
    public void Without_a_test_part_it_is_held_out()
    {
        Put("train-images-idx3-ubyte", IdxFiles.BuildImages(10, 3, 3));
        Put("train-labels-idx1-ubyte", IdxFiles.BuildLabels(10));
        Dataset data = Open(_folder.FullPath);
        Assert.Equal((9, 1), (data.Train.Count, data.Test.Count));
        Assert.NotNull(data.Test.Labels);
        Assert.Contains(_told, told => told.Contains("no test images (t10k-images-idx3-ubyte[.gz]", StringComparison.Ordinal));
        // Whoever asks for both parts as they are is told what is missing.
        string fault = Assert.Throws<DataException>(() => Datasets.Load(_folder.FullPath)).Message;
        Assert.Contains("no test images; looked for t10k-images-idx3-ubyte[.gz] or test-images", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train-images-idx3-ubyte", "train-labels-idx1-ubyte")]
    [InlineData("digits-images.idx3-ubyte", "digits-labels-idx1-ubyte.gz")]
    [InlineData("t10k-images-idx3-ubyte.gz", "t10k-labels.idx1-ubyte")]
    public void A_single_file_is_read_with_the_labels_beside_it(string images, string labels)
    {
        byte[] bytes = IdxFiles.BuildImages(10, 3, 3), classes = IdxFiles.BuildLabels(10);
        Put(images, images.EndsWith(".gz", StringComparison.Ordinal) ? IdxFiles.Gzip(bytes) : bytes);
        Put(labels, labels.EndsWith(".gz", StringComparison.Ordinal) ? IdxFiles.Gzip(classes) : classes);
        Dataset data = Open(_folder.File(images), whole: true);
        Assert.Equal(IdxFiles.Counting(90), data.Train.Pixels!);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], data.Train.Labels!);
    }

    [Fact]
    public void A_single_file_is_known_by_what_it_holds()
    {
        Put("pictures", IdxFiles.BuildImages(4, 3, 3));
        Put("packed.bin", IdxFiles.Gzip(IdxFiles.BuildImages(4, 3, 3)));
        Put("damaged-idx3-ubyte", [0, 0, 8]);
        Assert.Null(Open(_folder.File("pictures"), whole: true).Train.Labels);
        Assert.Equal(4, Open(_folder.File("packed.bin"), whole: true).Train.Count);
        AssertFault(_folder.File("damaged-idx3-ubyte"), "offset 3: the file ends within its header");
    }

    [Fact]
    public void The_name_of_the_set_may_stand_before_the_part()
    {
        foreach ((string part, int count) in (IEnumerable<(string, int)>)[("train", 6), ("test", 4)])
        {
            Put($"emnist-letters-{part}-images-idx3-ubyte.gz", IdxFiles.Gzip(IdxFiles.BuildImages(count, 3, 3)));
            Put($"emnist-letters-{part}-labels-idx1-ubyte.gz", IdxFiles.Gzip(IdxFiles.BuildLabels(count)));
        }
        Dataset data = Open(_folder.FullPath);
        Assert.Equal((6, 4), (data.Train.Count, data.Test.Count));
        Assert.Equal([0, 1, 2, 3], data.Test.Labels!);
        Put("emnist-digits-train-images-idx3-ubyte.gz", IdxFiles.Gzip(IdxFiles.BuildImages(2, 3, 3)));
        AssertFault(
            _folder.FullPath, "holds 2 sets of IDX files (emnist-digits, emnist-letters)",
            $"such as {_folder.File("emnist-digits-train-images-idx3-ubyte.gz")}");
    }

    [Fact]
    public void A_fourth_size_of_three_is_colours()
    {
        Put("train-images-idx4-ubyte", IdxFiles.Build(0x804, [2, 4, 5, 3], IdxFiles.Counting(120)));
        Put("t10k-images-idx4-ubyte", IdxFiles.Build(0x804, [1, 4, 5, 3], IdxFiles.Counting(60)));
        Put("train-labels-idx1-ubyte", IdxFiles.BuildLabels(2));
        Dataset data = Open(_folder.FullPath);
        Assert.Equal((2, 4, 5, 3), (data.Train.Count, data.Train.Height, data.Train.Width, data.Train.Channels));
        Assert.Equal(IdxFiles.Counting(120), data.Train.Pixels!);
        Assert.Equal([0, 1], data.Train.Labels!);
        Put("t10k-images-idx4-ubyte", IdxFiles.Build(0x804, [1, 4, 5, 1], IdxFiles.Counting(20)));
        AssertFault(_folder.FullPath, "images of 4×5 pixels, and those of", "have 4×5×3");
        Put("t10k-images-idx4-ubyte", IdxFiles.Build(0x804, [1, 4, 5, 4], IdxFiles.Counting(80)));
        AssertFault(_folder.FullPath, "t10k-images-idx4-ubyte: offset 16: a pixel has 4 channels");
    }

    [Fact]
    public void Another_size_is_refused()
    {
        Put("train-images-idx3-ubyte", IdxFiles.BuildImages(2, 4, 6));
        var settings = new DataSettings { Data = _folder.FullPath, ImageSize = new ImageSize(6, 4) };
        string fault = Assert.Throws<DataException>(() => Datasets.Open(settings)).Message;
        Assert.Contains("--image-size 6x4: images of an IDX file stay as they are, here 4x6", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Pixels_that_are_all_the_same_are_told()
    {
        Put("train-images-idx3-ubyte", IdxFiles.Build(IdxFiles.Images, [3, 2, 2], new byte[12]));
        Open(_folder.FullPath);
        Assert.Contains("every pixel of all 3 pictures is 0 of 255: there is nothing to learn from them", _told);
    }

    public void Dispose() => _folder.Dispose();

    private Dataset Open(string path, bool whole = false) =>
        Datasets.Open(new DataSettings { Data = path, Whole = whole, Tell = _told.Add });

    private void AssertFault(string path, params string[] parts)
    {
        string message = Assert.Throws<DataException>(() => Open(path)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', message);
    }

    private void Put(string name, byte[] bytes) => File.WriteAllBytes(_folder.File(name), bytes);
}
