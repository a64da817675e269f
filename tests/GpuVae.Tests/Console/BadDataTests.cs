using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

public sealed class BadDataTests
{
    private const string TrainImages = "tiny/train-images-idx3-ubyte";

    public static TheoryData<string> Damages =>
    [
        "missing folder", "empty folder", "truncated images", "wrong magic", "wrong gzip", "labels of another length",
        "no images", "height of zero", "width beyond any memory", "test images of another size",
    ];

    [Theory]
    [MemberData(nameof(Damages))]
    public void Damaged_data_is_one_line_that_names_the_file_and_leaves_nothing_behind(string damage)
    {
        using var workplace = new Workplace();
        string named = Damage(workplace, damage);
        string[] before = workplace.Snapshot();
        Outcome outcome = Runner.Run(workplace.Folder, "train", "--data", "tiny", "--device", "cpu", "--epochs", "1");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(named, outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        Assert.Equal(before, workplace.Snapshot());
    }

    /// <summary>Does the damage and gives what the message must name.</summary>
    private static string Damage(Workplace workplace, string damage)
    {
        switch (damage)
        {
            case "missing folder":
                Directory.Delete(workplace.In("tiny"), recursive: true);
                return "tiny";
            case "empty folder":
                Directory.Delete(workplace.In("tiny"), recursive: true);
                Directory.CreateDirectory(workplace.In("tiny"));
                return "tiny";
            case "truncated images":
                workplace.Put(TrainImages, IdxFiles.BuildImages(24, 6, 5)[..^1]);
                return TrainImages;
            case "wrong magic":
                workplace.Put(TrainImages, IdxFiles.Build(0x802, [24, 6, 5], IdxFiles.Counting(24 * 6 * 5)));
                return TrainImages;
            case "wrong gzip":
                File.Delete(workplace.In(TrainImages));
                workplace.Put($"{TrainImages}.gz", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 4]);
                return TrainImages;
            case "labels of another length":
                workplace.Put("tiny/train-labels-idx1-ubyte", IdxFiles.BuildLabels(23));
                return "tiny/train-labels-idx1-ubyte";
            case "no images":
                workplace.Put(TrainImages, IdxFiles.Build(IdxFiles.Images, [0, 6, 5]));
                return TrainImages;
            case "height of zero":
                workplace.Put(TrainImages, IdxFiles.Build(IdxFiles.Images, [24, 0, 5]));
                return TrainImages;
            case "width beyond any memory":
                workplace.Put(TrainImages, IdxFiles.Build(IdxFiles.Images, [24, 6, 1u << 31], IdxFiles.Counting(16)));
                return TrainImages;
            case "test images of another size":
                workplace.Put("tiny/t10k-images-idx3-ubyte", IdxFiles.BuildImages(12, 5, 6));
                return "tiny/t10k-images-idx3-ubyte";
            default:
                throw new ArgumentException($"{damage}: no such damage", nameof(damage));
        }
    }
}
