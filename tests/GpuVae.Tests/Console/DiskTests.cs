using System.Text.Json;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

public sealed class DiskTests
{
    private static readonly string[] _tiny =
        ["train", "--data", "tiny", "--device", "cpu", "--hidden", "16", "--latent", "2", "--batch", "10", "--seed", "3",
            "--pictures", "all"];

    [Fact]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    public void Full_disk_ends_the_run_in_one_line_and_the_run_goes_on_when_there_is_room()
    {
        LongTests.Require();
        using var workplace = new Workplace();
        using var disk = new SmallDisk("256k");
        string run = Path.Combine(disk.FullPath, "run");
        Outcome full = Runner.Run(workplace.Folder, [.. _tiny, "--epochs", "40", "--out", run]);
        Assert.Equal(1, full.ExitCode);
        Assert.Contains("cannot be written: No space left", full.ErrorLine, StringComparison.Ordinal);
        RequireWhole(run);
        Assert.Empty(Directory.EnumerateFiles(run, "*.tmp", SearchOption.AllDirectories));

        Assert.True(disk.TryRemount("size=20m"));
        Outcome rest = Runner.Run(workplace.Folder, "train", "--resume", run);
        Assert.Equal((0, ""), (rest.ExitCode, rest.Error));
        Runner.Run(workplace.Folder, [.. _tiny, "--epochs", "40", "--out", "whole"]);
        Assert.Equal(RunContent.Describe(workplace.In("whole")), RunContent.Describe(run));
    }

    [Fact]
    public void Disk_that_becomes_read_only_ends_the_run_in_one_line_and_the_checkpoint_stays()
    {
        using var workplace = new Workplace();
        using var disk = new SmallDisk("60m");
        string run = Path.Combine(disk.FullPath, "run");
        using Runner runner = Runner.Start(workplace.Folder, [.. _tiny, "--epochs", "1000000", "--out", run]);
        runner.WaitFor(() => File.Exists(Path.Combine(run, "metrics.jsonl")) && disk.TryRemount("ro"));
        Outcome outcome = runner.Wait();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("cannot be written: ", outcome.ErrorLine, StringComparison.Ordinal);
        RequireWhole(run);
    }

    [Fact]
    public void Folder_that_may_not_be_written_is_one_line()
    {
        using var workplace = new Workplace();
        using var disk = new SmallDisk("1m");
        Assert.True(disk.TryRemount("ro"));
        Outcome outcome = Runner.Run(workplace.Folder, [.. _tiny, "--out", Path.Combine(disk.FullPath, "run")]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("the run cannot be written there: ", outcome.ErrorLine, StringComparison.Ordinal);
    }

    private static void RequireWhole(string run)
    {
        Assert.True(CheckpointFile.Read(Path.Combine(run, "checkpoint.safetensors")).Position.Epoch > 0);
        string[] lines = File.ReadAllText(Path.Combine(run, "metrics.jsonl")).Split('\n');
        Assert.All(lines[..^1], line => JsonDocument.Parse(line).Dispose());
    }
}
