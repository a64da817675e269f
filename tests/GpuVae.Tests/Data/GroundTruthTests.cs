using GpuVae.Data;
using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class GroundTruthTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Masks_are_found_from_the_folder_of_the_set_and_from_its_test_part()
    {
        Put("set/test/hole/000.png", 4, 6);
        Put("set/test/good/000.png", 4, 6);
        Put("set/ground_truth/hole/000_mask.png", 4, 6, (1, 2), (3, 5));
        bool[] expected = new bool[24];
        expected[(1 * 6) + 2] = expected[(3 * 6) + 5] = true;
        Assert.Equal(expected, GroundTruth.Find(_folder.File("set"))!.MaskOf("test/hole/000.png", 4, 6));
        GroundTruth ofPart = GroundTruth.Find(_folder.File("set/test") + "/")!;
        Assert.Equal(expected, ofPart.MaskOf("hole/000.png", 4, 6));
        Assert.DoesNotContain(true, ofPart.MaskOf("good/000.png", 4, 6));
        Assert.Null(GroundTruth.Find(_folder.File("set/test/hole")));
        Assert.Null(GroundTruth.Find(_folder.File("nowhere")));
    }

    [Fact]
    public void A_mask_is_drawn_at_the_size_of_the_model_without_shades()
    {
        Put("set/test/hole/000.png", 8, 8);
        Put("set/ground_truth/hole/000.png", 8, 8, (1, 1), (1, 2), (2, 1), (2, 2), (5, 5));
        // The middle of each quarter of 4×4 is the place 2y + 1.
        bool[] expected = new bool[16];
        expected[0] = expected[(2 * 4) + 2] = true;
        Assert.Equal(expected, GroundTruth.Find(_folder.File("set"))!.MaskOf("test/hole/000.png", 4, 4));
    }

    [Fact]
    public void A_mask_that_is_missing_or_of_another_form_is_named()
    {
        Put("set/test/hole/000.png", 4, 6);
        Put("set/test/hole/001.png", 4, 6);
        Put("set/ground_truth/hole/001_mask.png", 6, 4);
        GroundTruth truth = GroundTruth.Find(_folder.File("set"))!;
        string missing = Assert.Throws<DataException>(() => truth.MaskOf("test/hole/000.png", 4, 6)).Message;
        Assert.Contains("000_mask.png", missing, StringComparison.Ordinal);
        string turned = Assert.Throws<DataException>(() => truth.MaskOf("test/hole/001.png", 4, 6)).Message;
        Assert.Contains("001_mask.png: 6×4 pixels", turned, StringComparison.Ordinal);
        File.WriteAllText(_folder.File("set/ground_truth/hole/001_mask.png"), "no picture");
        Assert.Contains(
            "001_mask.png", Assert.Throws<UserException>(() => truth.MaskOf("test/hole/001.png", 4, 6)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_masks_are_looked_for_before_one_is_used_and_a_class_without_masks_is_not_taken_for_normal()
    {
        Put("set/test/hole/000.png", 4, 6);
        Put("set/test/good/000.png", 4, 6);
        Put("set/test/fine/000.png", 4, 6);
        Put("set/ground_truth/hole/000_mask.png", 4, 6, (1, 2));
        string[] names = ["test/good/000.png", "test/hole/000.png", "test/fine/000.png"];
        string missing = Assert.Throws<DataException>(() => GroundTruth.Find(_folder.File("set"))!.Require(names)).Message;
        Assert.StartsWith(_folder.File("set/ground_truth/fine/000_mask.png: is missing"), missing, StringComparison.Ordinal);
        Assert.Throws<DataException>(() => GroundTruth.Find(_folder.File("set"))!.MaskOf(names[2], 4, 6));
        GroundTruth told = GroundTruth.Find(_folder.File("set"), ["fine"])!;
        told.Require(names);
        Assert.DoesNotContain(true, told.MaskOf(names[2], 4, 6));
        Assert.Contains(true, told.MaskOf(names[1], 4, 6));
        Put("set/ground_truth/hole/000_mask.png", 2, 3);
        string small = Assert.Throws<DataException>(() => told.Require(names)).Message;
        Assert.Contains("000_mask.png: 2×3 pixels", small, StringComparison.Ordinal);
    }

    [Fact]
    public void Defects_that_are_numbered_count_as_much_as_white_ones_and_shades_of_white_do_not_count()
    {
        Put("set/test/hole/000.png", 1, 3);
        var mask = new RasterImage(3, 1);
        (mask.Pixels[0], mask.Pixels[1]) = (1, 2);
        Directory.CreateDirectory(_folder.File("set/ground_truth/hole"));
        Png.Write(_folder.File("set/ground_truth/hole/000_mask.png"), mask);
        GroundTruth truth = GroundTruth.Find(_folder.File("set"))!;
        Assert.Equal([true, true, false], truth.MaskOf("test/hole/000.png", 1, 3));
        (mask.Pixels[0], mask.Pixels[1]) = (255, 2);
        Png.Write(_folder.File("set/ground_truth/hole/000_mask.png"), mask);
        Assert.Equal([true, false, false], truth.MaskOf("test/hole/000.png", 1, 3));
    }

    public void Dispose() => _folder.Dispose();

    private void Put(string name, int height, int width, params (int Y, int X)[] white)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        var picture = new RasterImage(width, height);
        foreach ((int y, int x) in white)
            picture.Pixels[(y * width) + x] = 255;
        Png.Write(_folder.File(name), picture);
    }
}
