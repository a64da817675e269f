using System.Text.Json;
using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>compress --lossy and --plot of pictures that are coloured, wide, or all the same.</summary>
public sealed class LossyVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Coloured_pictures_are_counted_in_numbers_and_compared_with_picture_files()
    {
        Train("coloured", 20, 4, 5, 3);
        string said = Run("compress coloured --data coloured.npy --lossy 400 --plot plot.png --json lossy.json --out x.gvz").Output;
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("lossy.json")));
        Assert.Equal(60, json.RootElement.GetProperty("dimensions").GetInt32());
        Assert.Matches("images +\\d+  \\d+\\.\\d bits an image, \\d+\\.\\d+ a number", said);
        Assert.Matches("uncompressed +1,200  a byte for each number", said);
        Assert.DoesNotContain("pixel", said, StringComparison.Ordinal);
        Assert.Equal(["coloured", "principal components", "JPEG, all on one sheet", "WebP, all on one sheet"], Curves(json).Select(curve => curve.Name));
        Assert.All(Curves(json).Skip(2), curve => Assert.True(curve.Points > 3, curve.Name));
        Assert.True(Png.Read(_folder.File("plot.png")).Width > 500);
        string evaluated = Runner.Run(_folder.FullPath, "evaluate", "coloured", "--device", "cpu").Output;
        Assert.Matches("mean squared error +\\d\\.\\d+  per number", evaluated);
    }

    [Theory]
    [InlineData(70, 2, 2000, "JPEG, all on one sheet")]
    [InlineData(10, 9000, 2, "JPEG, all on one sheet")]
    [InlineData(2, 2, 17_000, null)]
    public void Pictures_that_fill_no_sheet_are_compared_with_those_that_do(int count, int height, int width, string? curve)
    {
        Train("wide", count, height, width, 1);
        Run("compress wide --data wide.npy --lossy 1e5 --plot plot.png --json lossy.json --out x.gvz");
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("lossy.json")));
        Assert.Equal(curve, Curves(json).Select(one => one.Name).ElementAtOrDefault(2));
    }

    [Fact]
    public void What_all_of_a_code_is_used_for_leaves_nothing_out()
    {
        Train("small", 20, 4, 5, 1);
        Assert.Matches("units used +2 of 2  none is left out", Run("compress small --data small.npy --lossy 1e4 --out x.gvz").Output);
        Assert.Matches("units used +0 of 2  the others take no bits", Run("compress small --data small.npy --lossy mse:1 --out x.gvz").Output);
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<(string Name, int Points)> Curves(JsonDocument json) => json.RootElement.GetProperty("curves").EnumerateArray()
        .Select(curve => (curve.GetProperty("name").GetString()!, curve.GetProperty("points").GetArrayLength()));

    private void Train(string name, int count, int height, int width, int channels)
    {
        var pixels = new byte[count * height * width * channels];
        new Random(1).NextBytes(pixels);
        string shape = channels == 1 ? $"{count}, {height}, {width}" : $"{count}, {height}, {width}, {channels}";
        File.WriteAllBytes(_folder.File($"{name}.npy"), NumpyFiles.Build("|u1", shape, pixels));
        Run($"train --data {name}.npy --hidden 4 --latent 2 --epochs 1 --batch 2 --pictures none --out {name}");
    }

    private Outcome Run(string line)
    {
        Outcome outcome = Runner.Run(_folder.FullPath, [.. line.Split(' '), "--device", "cpu"]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return outcome;
    }
}
