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
        Assert.Contains("./train-images-idx3-ubyte: 900 bytes of pixels stay on disk, at most 300B of them in memory at a time", trained.Error, StringComparison.Ordinal);
        Assert.Contains("\"data_memory\": \"300B\"", File.ReadAllText(_folder.File("run/config.json")), StringComparison.Ordinal);
        string loss = trained.Output.Split('\n').First(line => line.StartsWith("test loss", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];
        Outcome evaluated = Run("evaluate", "run");
        Assert.Equal("", evaluated.Error);
        Assert.Contains($"-{loss}  nats per image", evaluated.Output, StringComparison.Ordinal);
        foreach (string[] verb in (string[][])[["encode", "run", "--out", "codes.npy"], ["detect", "run"], ["reconstruct", "run"], ["project", "run"]])
            Assert.Equal(0, Run(verb).ExitCode);
        Assert.Contains("goes on as it began", Run("train", "--resume", "run", "--data-memory", "2MB").ErrorLine, StringComparison.Ordinal);
        Assert.Contains("a quarter of it has to hold a batch, here 4 examples of 15 bytes; give it 1kB at least, or lower --batch", Run(["train", "--data", ".", "--data-memory", "100B", "--out", "none", .. _small]).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("none")));
        Assert.Contains("--data-memory much: no amount of memory", Run("train", "--data-memory", "much").ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_amount_of_memory_in_other_words_goes_on()
    {
        IdxFiles.WriteSet(_folder, 60, 30, 5);
        Assert.Equal(0, Run(["train", "--data", ".", "--data-memory", "3000", "--out", "run", .. _small]).ExitCode);
        Assert.Contains("\"data_memory\": \"3kB\"", File.ReadAllText(_folder.File("run/config.json")), StringComparison.Ordinal);
        Outcome resumed = Run("train", "--resume", "run", "--data-memory", "3.0kB", "--epochs", "2");
        Assert.Equal(0, resumed.ExitCode);
        Assert.DoesNotContain("--data-memory", resumed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_changes_ends_the_run_saved_and_one_that_is_as_before_goes_on()
    {
        Runner.RequireInterrupts();
        IdxFiles.WriteSet(_folder, 60, 30, 5);
        string images = _folder.File("train-images-idx3-ubyte");
        byte[] before = File.ReadAllBytes(images);
        string[] endless = [.. _small[..^4], "--epochs", "1000000", "--pictures", "none"];
        using Runner runner = Runner.Start(_folder.FullPath, ["train", "--data", ".", "--data-memory", "3kB", "--out", "run", .. endless]);
        runner.WaitFor(() => File.Exists(_folder.File("run/metrics.jsonl")));
        File.SetLastWriteTimeUtc(images, DateTime.UtcNow + TimeSpan.FromSeconds(5));
        Outcome stopped = runner.Wait();
        Assert.Equal(1, stopped.ExitCode);
        Assert.Contains("changed while it was read; put back what was there, and go on with what was saved", stopped.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(images));
        int epochs = File.ReadAllLines(_folder.File("run/metrics.jsonl")).Length;
        using Runner resumed = Runner.Start(_folder.FullPath, "train", "--resume", "run");
        resumed.WaitFor(() => File.ReadAllLines(_folder.File("run/metrics.jsonl")).Length > epochs);
        resumed.Interrupt();
        Assert.Equal(130, resumed.Wait().ExitCode);
    }

    [Fact]
    public void Ctrl_C_while_pictures_are_decoded_leaves_nothing_behind()
    {
        Runner.RequireInterrupts();
        Directory.CreateDirectory(_folder.File("large"));
        Directory.CreateDirectory(_folder.File("kept"));
        Png.Write(_folder.File("large/0.png"), new RasterImage(2000, 2000));
        for (int i = 1; i < 200; i++)
            File.Copy(_folder.File("large/0.png"), _folder.File($"large/{i}.png"));
        using Runner runner = Runner.Start(_folder.FullPath, ["train", "--data", "large", "--image-size", "8", "--cache", "kept/large.npy", "--out", "run", .. _small]);
        runner.WaitFor(() => Directory.GetFiles(_folder.File("kept")).Length > 0);
        runner.Interrupt();
        Outcome stopped = runner.Wait();
        Assert.Equal(130, stopped.ExitCode);
        Assert.EndsWith("gpuvae: interrupted before training began; nothing was written", stopped.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.File("kept")));
    }

    [Fact]
    public void More_files_than_may_be_open_are_told_as_such()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such limit");
        Directory.CreateDirectory(_folder.File("shards"));
        for (int i = 0; i < 400; i++)
            File.WriteAllBytes(_folder.File($"shards/{i}.npy"), NumpyFiles.Build("|u1", "1, 5, 5", new byte[25]));
        using Runner runner = Runner.StartBy(
            ["sh", "-c", "ulimit -n 300; exec \"$@\"", "sh"], _folder.FullPath, new Dictionary<string, string>(), "train", "--data", "shards", "--out", "run");
        Outcome outcome = runner.Wait();
        Assert.Equal((1, "gpuvae: shards: 400 files are more than this process may have open at a time; join some of them, or raise the limit (ulimit -n)"), (outcome.ExitCode, outcome.Error));
    }

    [Fact]
    public void A_run_of_coloured_arrays_judges_coloured_pictures()
    {
        Directory.CreateDirectory(_folder.File("shards"));
        File.WriteAllBytes(_folder.File("shards/0.npy"), NumpyFiles.Build("|u1", "20, 5, 5, 3", IdxFiles.Counting(20 * 75)));
        Assert.Equal(0, Run(["train", "--data", "shards", "--out", "run", .. _small]).ExitCode);
        Put("others", 90);
        Outcome judged = Run("evaluate", "run", "--data", "others");
        Assert.Equal(0, judged.ExitCode);
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
            var image = new RasterImage(5, 5);
            image.Pixels.AsSpan().Fill((byte)(shade + i));
            Png.Write(_folder.File($"{name}/{i}.png"), image);
        }
    }

    private Outcome Run(params string[] arguments) => Runner.Run(_folder.FullPath, arguments);
}
