using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class DatasetsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Mnist_is_there_and_whole()
    {
        Dataset mnist = Datasets.Open(null);
        Assert.Equal("mnist", mnist.Name);
        Assert.Equal((60_000, 28, 28), (mnist.Train.Count, mnist.Train.Height, mnist.Train.Width));
        Assert.Equal((10_000, 28, 28), (mnist.Test.Count, mnist.Test.Height, mnist.Test.Width));
        Assert.Equal([5, 0, 4, 1, 9], mnist.Train.Labels![..5]);
        Assert.Equal([7, 2, 1, 0, 4], mnist.Test.Labels![..5]);
        // The mean and standard deviation of the training pixels that everybody normalises with.
        double mean = mnist.Train.Pixels!.Average(pixel => pixel / 255.0);
        double square = mnist.Train.Pixels!.Average(pixel => pixel / 255.0 * pixel / 255.0);
        Assert.Equal(0.1307, mean, tolerance: 5e-5);
        Assert.Equal(0.3081, Math.Sqrt(square - (mean * mean)), tolerance: 5e-5);
    }

    [Fact]
    public void A_folder_of_plain_files_is_read_and_named_after_itself()
    {
        IdxFiles.WriteSet(_folder, 6, 2, 5);
        Dataset data = Datasets.Open(_folder.FullPath + Path.DirectorySeparatorChar);
        Assert.Equal(Path.GetFileName(_folder.FullPath), data.Name);
        Assert.Equal(IdxFiles.Counting(60), data.Train.Pixels!);
        Assert.Equal(IdxFiles.Counting(60, first: 7), data.Test.Pixels!);
        Assert.Equal([0, 1, 2, 3, 4, 5], data.Test.Labels!);
    }

    [Fact]
    public void The_test_part_is_trained_on_where_that_is_asked_for()
    {
        IdxFiles.WriteSet(_folder, 6, 2, 5);
        var settings = new DataSettings { Data = _folder.FullPath, TrainsOnAll = true };
        Dataset data = Datasets.Open(settings);
        Assert.Equal([.. IdxFiles.Counting(60), .. IdxFiles.Counting(60, first: 7)], data.Train.Pixels!);
        Assert.Equal([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5], data.Train.Labels!);
        Assert.Equal(IdxFiles.Counting(60, first: 7), data.Test.Pixels!);

        // Of a set without a test part both are all of it, and none is there twice.
        File.Delete(_folder.File("t10k-images-idx3-ubyte"));
        File.Delete(_folder.File("t10k-labels-idx1-ubyte"));
        data = Datasets.Open(settings);
        Assert.Equal(IdxFiles.Counting(60).Order(), data.Train.Pixels!.Order());
        Assert.Equal(1, data.Test.Count);
        Assert.Equal(6, Datasets.Open(settings with { Whole = true }).Train.Count);
    }

    [Fact]
    public void Other_spellings_of_the_names_are_found_and_labels_are_optional()
    {
        Put("train-images.idx3-ubyte.gz", IdxFiles.Gzip(IdxFiles.BuildImages(2, 3, 3)));
        Put("test-images-idx3-ubyte", IdxFiles.BuildImages(1, 3, 3));
        Put("test-labels.idx1-ubyte", IdxFiles.BuildLabels(1));
        Dataset data = Datasets.Load(_folder.FullPath);
        Assert.Equal((2, 1), (data.Train.Count, data.Test.Count));
        Assert.Null(data.Train.Labels);
        Assert.Equal([0], data.Test.Labels!);
    }

    [Fact]
    public void A_missing_folder_and_a_file_in_its_place_are_told_apart()
    {
        Put("file", []);
        AssertFault(_folder.File("nowhere"), _folder.File("nowhere"), "no such file or folder");
        AssertFault(_folder.File("file"), _folder.File("file"), "a file of a kind that is not read");
    }

    [Fact]
    public void An_empty_folder_is_told_what_is_looked_for() =>
        AssertFault(
            _folder.FullPath, $"{_folder.FullPath}: the folder is empty", "looked for IDX files (train-images-idx3-ubyte[.gz]",
            "pictures (PNG, JPEG, WebP, BMP, GIF, ICO, PGM, PPM)");

    [Fact]
    public void Labels_of_another_length_than_images_are_refused()
    {
        IdxFiles.WriteSet(_folder, 6, 2, 5);
        Put("t10k-labels-idx1-ubyte", IdxFiles.BuildLabels(5));
        AssertFault(_folder.FullPath, "t10k-labels-idx1-ubyte: offset 4: 5 labels for the 6 images of", "t10k-images");
    }

    [Fact]
    public void Test_images_of_another_size_than_training_images_are_refused()
    {
        IdxFiles.WriteSet(_folder, 6, 2, 5);
        Put("t10k-images-idx3-ubyte", IdxFiles.BuildImages(6, 5, 2));
        AssertFault(_folder.FullPath, "t10k-images-idx3-ubyte: offset 8: images of 5×2", "train-images", "2×5");
    }

    [Fact]
    public void Of_two_damaged_files_the_training_file_is_named()
    {
        IdxFiles.WriteSet(_folder, 6, 2, 5);
        Put("t10k-images-idx3-ubyte", [1, 2]);
        Put("train-images-idx3-ubyte", [1, 2]);
        AssertFault(_folder.FullPath, "train-images-idx3-ubyte: offset 2: the file ends within its header");
    }

    [Fact]
    public void Take_gives_the_first_images_with_their_labels()
    {
        var images = new ImageSet(IdxFiles.Counting(12), [3, 1, 2], 2, 2);
        ImageSet two = images.Take(2);
        Assert.Equal(2, two.Count);
        Assert.Equal(IdxFiles.Counting(8), two.Pixels!);
        Assert.Equal([3, 1], two.Labels!);
        Assert.Same(images, images.Take(4));
    }

    [Fact]
    public void Arrays_that_do_not_fit_the_shape_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new ImageSet(new byte[13], null, 2, 2));
        Assert.Throws<ArgumentException>(() => new ImageSet(new byte[12], new int[2], 2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageSet(Array.Empty<byte>(), null, 0, 2));
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertFault(string folder, params string[] parts)
    {
        string message = Assert.Throws<DataException>(() => Datasets.Open(folder)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', message);
    }

    private void Put(string name, byte[] bytes) => File.WriteAllBytes(_folder.File(name), bytes);
}
