using GpuVae.Files;
using GpuVae.Runs;
using GpuVae.Tests.Training;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Runs;

public sealed class CheckpointFileTests
{
    [Fact]
    public void Each_damaged_byte_is_noticed()
    {
        using var run = new TemporaryRun();
        run.Execute(TemporaryRun.Small("vae"));
        string path = run.Folder.CheckpointPath;
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal(2, CheckpointFile.Read(path).Position.Epoch);
        for (int i = 0; i < bytes.Length; i += 37)
        {
            bytes[i] ^= 4;
            File.WriteAllBytes(path, bytes);
            UserException exception = Assert.Throws<UserException>(() => CheckpointFile.Read(path));
            Assert.StartsWith(path, exception.Message, StringComparison.Ordinal);
            bytes[i] ^= 4;
        }
    }

    [Fact]
    public void Best_parameters_have_checksums_but_cannot_be_gone_on_from()
    {
        using var run = new TemporaryRun();
        run.Execute(TemporaryRun.Small("vae"));
        SafetensorsFile best = CheckpointFile.ReadVerified(run.Folder.BestPath);
        Assert.Equal(8, best.Tensors.Count);
        Assert.Throws<UserException>(() => CheckpointFile.Read(run.Folder.BestPath));
    }

    [Fact]
    public void Best_is_the_epoch_with_the_least_test_loss()
    {
        using var run = new TemporaryRun();
        RunResult result = run.Execute(TemporaryRun.Small("vae") with { Epochs = 12, LearningRate = 0.1, Patience = 3 });
        Assert.Equal(RunEnding.NoImprovement, result.Ending);
        int best = result.Epochs.MinBy(epoch => epoch.TestLoss)!.Epoch;
        Assert.Equal(best + 3, result.Epochs[^1].Epoch);
        Assert.Equal($"{best}", Safetensors.Read(run.Folder.BestPath).Metadata["epoch"]);
    }

    [Theory]
    [InlineData("epoch", null, 0)]
    [InlineData("500", 500L, 0)]
    [InlineData("30s", null, 30)]
    [InlineData("1.5m", null, 90)]
    [InlineData("2h", null, 7200)]
    public void Interval_is_an_epoch_steps_or_a_time(string text, long? steps, int seconds)
    {
        var interval = CheckpointInterval.Parse(text);
        Assert.Equal((steps, seconds), (interval.Steps, (int)(interval.Time?.TotalSeconds ?? 0)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("1.5")]
    [InlineData("m")]
    [InlineData("0s")]
    [InlineData("1e9h")]
    [InlineData("NaNs")]
    [InlineData("99999999999999999999h")]
    public void Interval_that_is_none_of_them_is_refused(string text) =>
        Assert.StartsWith(
            $"--checkpoint-every {text}: ",
            Assert.Throws<UserException>(() => CheckpointInterval.Parse(text)).Message, StringComparison.Ordinal);
}
