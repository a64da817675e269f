using GpuVae.Kernels;
using GpuVae.Runs;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>Which pictures a run keeps, and the animation of its epochs.</summary>
public sealed class RunPicturesTests : IDisposable
{
    private readonly IDevice _cpu = Device.Open("cpu");

    [Theory]
    [InlineData("vae", "samples")]
    [InlineData("ae", "reconstruction")]
    public void Animation_shows_the_picture_of_each_epoch(string preset, string kind)
    {
        using var run = new TemporaryRun(_cpu);
        RunConfiguration configuration = TemporaryRun.Small(preset) with { Epochs = 3 };
        string path = Path.Combine(run.Path, "images", $"{kind}.webp");
        Assert.Contains(path, run.Execute(configuration).Files);
        RequireFrames(run, path, kind, [1, 2, 3]);
        // More epochs, more frames.
        run.Resume(configuration with { Epochs = 5 });
        RequireFrames(run, path, kind, [1, 2, 3, 4, 5]);
    }

    [Fact]
    public void Animation_of_one_picture_is_none()
    {
        using var run = new TemporaryRun(_cpu);
        run.Execute(TemporaryRun.Small("vae") with { Pictures = "last" });
        Assert.Empty(Directory.GetFiles(run.Path, "*.webp", SearchOption.AllDirectories));
    }

    [Fact]
    public void Animation_of_many_epochs_has_sixty_of_them_the_first_and_the_last_among_them()
    {
        using var run = new TemporaryRun(_cpu);
        run.Execute(TemporaryRun.Small("ae") with { Epochs = 121 });
        RequireFrames(run, Path.Combine(run.Path, "images", "reconstruction.webp"), "reconstruction", [.. Enumerable.Range(0, 60).Select(i => 1 + (i * 120 / 59))]);
    }

    [Fact]
    public void Pictures_of_the_newest_epochs_stay()
    {
        using var run = new TemporaryRun(_cpu);
        RunConfiguration configuration = TemporaryRun.Small("vae") with { Epochs = 5, KeepPictures = 2 };
        IReadOnlyList<string> files = run.Execute(configuration).Files;
        string[] expected = ["loss.png", "reconstruction-0004.png", "reconstruction-0005.png", "samples-0004.png", "samples-0005.png", "samples.webp"];
        Assert.Equal(expected, Names(run));
        Assert.All(files, file => Assert.True(File.Exists(file), file));
        // What a person put there has another name, and stays.
        File.WriteAllText(Path.Combine(run.Path, "images", "samples-1.png"), "mine");
        File.WriteAllText(Path.Combine(run.Path, "images", "notes.png"), "mine");
        run.Resume(configuration with { Epochs = 6 });
        Assert.Equal(
            ["loss.png", "notes.png", "reconstruction-0005.png", "reconstruction-0006.png", "samples-0005.png", "samples-0006.png", "samples-1.png", "samples.webp"],
            Names(run));
    }

    public void Dispose() => _cpu.Dispose();

    private static string?[] Names(TemporaryRun run) =>
        [.. Directory.GetFiles(Path.Combine(run.Path, "images")).Select(Path.GetFileName).Order(StringComparer.Ordinal)];

    /// <summary>Each frame has the pixels of its file.</summary>
    private static void RequireFrames(TemporaryRun run, string path, string kind, int[] epochs)
    {
        using var codec = SKCodec.Create(path);
        Assert.Equal(epochs.Length, codec.FrameCount);
        Assert.All(codec.FrameInfo.SkipLast(1), frame => Assert.Equal(250, frame.Duration));
        Assert.Equal(1500, codec.FrameInfo[^1].Duration);
        for (int i = 0; i < epochs.Length; i++)
        {
            using SKBitmap file = SKBitmap.Decode(run.Folder.ImagePath(kind, epochs[i]));
            var info = new SKImageInfo(file.Width, file.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
            using SKBitmap expected = file.Copy(info.ColorType), frame = new(info);
            Assert.Equal(SKCodecResult.Success, codec.GetPixels(info, frame.GetPixels(), new SKCodecOptions(i)));
            Assert.True(expected.GetPixelSpan().SequenceEqual(frame.GetPixelSpan()), $"frame {i} is not epoch {epochs[i]}");
        }
    }
}
