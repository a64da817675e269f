using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Runs on pictures that stay in their file, as a person begins and asks them.</summary>
public sealed class StreamedRunTests : IDisposable
{
    private static readonly string[] _small = ["--batch", "4", "--hidden", "6", "--latent", "2", "--epochs", "1", "--pictures", "none"];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_run_is_told_what_stays_in_its_file_and_evaluated_as_it_was_measured()
    {
        IdxFiles.WriteSet(_folder, 60, 3, 5);
        Outcome trained = Run(["train", "--data", ".", "--data-memory", "300B", "--out", "run", .. _small]);
        Assert.Equal(0, trained.ExitCode);
        Assert.Contains("stay in the file, 0 MB of them in memory at a time (--data-memory says otherwise)", trained.Error, StringComparison.Ordinal);
        Assert.Contains("\"data_memory\": \"300B\"", File.ReadAllText(_folder.File("run/config.json")), StringComparison.Ordinal);
        string loss = trained.Output.Split('\n').First(line => line.StartsWith("test loss", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];
        Outcome evaluated = Run("evaluate", "run");
        Assert.Equal("", evaluated.Error);
        Assert.Contains($"-{loss}  nats per image", evaluated.Output, StringComparison.Ordinal);
        foreach (string[] verb in (string[][])[["encode", "run", "--out", "codes.npy"], ["detect", "run"], ["reconstruct", "run"], ["project", "run"]])
            Assert.Equal(0, Run(verb).ExitCode);
        Assert.Contains("goes on as it began", Run("train", "--resume", "run", "--data-memory", "2MB").ErrorLine, StringComparison.Ordinal);
        Assert.Contains("a quarter of it has to hold a batch", Run(["train", "--data", ".", "--data-memory", "100B", "--out", "none", .. _small]).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("none")));
        Assert.Contains("--data-memory much: no amount of memory", Run("train", "--data-memory", "much").ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_pictures_leave_the_cache_of_a_run_as_it_is()
    {
        Put("mine", 40);
        Put("others", 90);
        Outcome trained = Run(["train", "--data", "mine", "--cache", "mine.npy", "--out", "run", .. _small]);
        Assert.Equal(0, trained.ExitCode);
        byte[] cache = File.ReadAllBytes(_folder.File("mine.npy"));
        Assert.Equal(0, Run("evaluate", "run", "--data", "others").ExitCode);
        Assert.Equal(cache, File.ReadAllBytes(_folder.File("mine.npy")));
        // From another folder the same file is found: nothing is decoded into another.
        Directory.CreateDirectory(_folder.File("elsewhere"));
        Assert.Equal(0, Runner.Run(_folder.File("elsewhere"), "evaluate", "../run").ExitCode);
        Assert.Empty(Directory.GetFiles(_folder.File("elsewhere")));
    }

    public void Dispose() => _folder.Dispose();

    private void Put(string name, byte shade)
    {
        Directory.CreateDirectory(_folder.File(name));
        for (int i = 0; i < 20; i++)
        {
            var image = new RasterImage(4, 4);
            image.Pixels.AsSpan().Fill((byte)(shade + i));
            Png.Write(_folder.File($"{name}/{i}.png"), image);
        }
    }

    private Outcome Run(params string[] arguments) => Runner.Run(_folder.FullPath, arguments);
}
