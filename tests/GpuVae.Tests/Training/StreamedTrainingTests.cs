using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Runs;
using GpuVae.Tests.Data.Streaming;
using GpuVae.Tests.Distributed;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>Runs on images that stay in their file.</summary>
[Collection(nameof(TestDevices))]
public sealed class StreamedTrainingTests(TestDevices devices)
{
    // 12 steps an epoch, the last of one image; windows of 12 images, so that an epoch has four.
    private const long Memory = 4 * 12 * SmallModels.Dimensions;

    private static readonly RunConfiguration _configuration = TemporaryRun.Small("vae") with
    {
        Epochs = 3,
        CheckpointEvery = "2",
        DataFingerprint = "one",
        DataMemory = ByteSize.Text(Memory),
    };

    private static readonly Dataset _held = new("small", SmallModels.Images(45, seed: 1), SmallModels.Images(1100, seed: 2));

    private static Dataset Streamed(long memory = Memory) =>
        _held with { Train = ArrayBytes.Of(_held.Train, memory), Test = ArrayBytes.Of(_held.Test, memory) };

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(2, 10)]
    [InlineData(3, 12)]
    public void A_run_that_was_stopped_in_any_window_ends_with_the_same_bits(int epoch, int step)
    {
        using IDevice cpu = Device.Open("cpu");
        using TemporaryRun whole = new(cpu), stopped = new(cpu);
        whole.Execute(_configuration, data: Streamed());
        stopped.ExecuteUntil(_configuration, epoch, step, Streamed());
        TrainingPosition position = LastCheckpoint.Find(stopped.Folder)!.File.Position;
        // It stops after the step behind the one that it told of.
        Assert.Equal((epoch, Math.Min(step + 1, 12)), (position.Epoch, position.StepInEpoch));
        stopped.Resume(_configuration, data: Streamed());
        Assert.Equal(RunContent.Describe(whole.Path), RunContent.Describe(stopped.Path));
    }

    [Fact]
    public void It_learns_and_is_measured_as_one_in_memory()
    {
        using IDevice cpu = Device.Open("cpu");
        using TemporaryRun held = new(cpu), streamed = new(cpu);
        RunConfiguration configuration = _configuration with { Epochs = 20 };
        held.Execute(configuration, data: _held);
        streamed.Execute(configuration, data: Streamed());
        Assert.Equal(1, streamed.Observer.Epochs[^1].TrainLoss / held.Observer.Epochs[^1].TrainLoss, 0.03);
        Assert.Equal(1, streamed.Observer.Epochs[^1].TestLoss / held.Observer.Epochs[^1].TestLoss, 0.03);
        // Nothing learned: what is measured has every bit, and training the same images in another order, with other draws of the code.
        RunConfiguration still = _configuration with { LearningRate = 1e-30, Epochs = 1 };
        using TemporaryRun heldStill = new(cpu), streamedStill = new(cpu);
        heldStill.Execute(still, data: _held);
        streamedStill.Execute(still, data: Streamed());
        Assert.Equal(heldStill.Observer.Epochs[0].TestLoss, streamedStill.Observer.Epochs[0].TestLoss);
        Assert.Equal(heldStill.Observer.Epochs[0].TrainLoss, streamedStill.Observer.Epochs[0].TrainLoss, 0.01 * heldStill.Observer.Epochs[0].TrainLoss);
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Every_device_trains_on_the_same_images(string name)
    {
        IDevice device = devices.Open(name);
        using IDevice cpu = Device.Open("cpu");
        using TemporaryRun expected = new(cpu), actual = new(device);
        RunConfiguration configuration = _configuration with { Epochs = 1, Pictures = "none", Augment = "shift1" };
        expected.Execute(configuration, data: Streamed());
        actual.Execute(configuration, data: Streamed());
        Assert.Equal(1, actual.Observer.Epochs[0].TrainLoss / expected.Observer.Epochs[0].TrainLoss, 1e-4);
        Assert.Equal(1, actual.Observer.Epochs[0].TestLoss / expected.Observer.Epochs[0].TestLoss, 1e-4);
    }

    [Fact]
    public void Ranks_read_the_windows_of_one_process_and_tell_of_a_disk_that_fails()
    {
        RunConfiguration configuration = _configuration with { Batch = 12, Pictures = "none", DataFingerprint = null };
        using TemporaryRun alone = new(CpuDevice.Create(1));
        alone.Execute(configuration, data: Streamed());
        using DistributedRun run = new() { DataOf = _ => Streamed() };
        run.Train(configuration, 2);
        foreach ((EpochMetrics one, EpochMetrics two) in alone.Observer.Epochs.Zip(run.Observer.Epochs))
            Assert.Equal(1, two.TrainLoss / one.TrainLoss, 1e-4);

        var bytes = new ArrayBytes(_held.Train.Pixels!, SmallModels.Dimensions, Memory);
        Dataset broken = Streamed() with { Train = new ImageSet(bytes, SmallModels.Height, SmallModels.Width, 1) };
        using DistributedRun fails = new() { DataOf = rank => rank == 0 ? Streamed() : broken };
        AggregateException all = Assert.Throws<AggregateException>(() => fails.Train(
            configuration, 2, onProgress: progress => bytes.Broken = progress.Step >= 2 ? 0 : int.MaxValue));
        RankFailedException exception = Assert.Single(all.Flatten().InnerExceptions.OfType<RankFailedException>());
        Assert.Contains("the disk is gone", exception.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(RunFolder.Open(fails.Path).CheckpointPath));
    }

    [Fact]
    public void Another_memory_than_the_run_began_with_is_refused()
    {
        using IDevice cpu = Device.Open("cpu");
        using TemporaryRun run = new(cpu);
        run.Execute(_configuration with { Epochs = 1 }, data: Streamed());
        UserException exception = Assert.Throws<UserException>(() => run.Resume(_configuration, data: Streamed(2 * Memory)));
        Assert.StartsWith($"--data-memory {ByteSize.Text(2 * Memory)}: the run began with {ByteSize.Text(Memory)}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_fails_in_the_middle_ends_the_run_with_its_message()
    {
        using IDevice cpu = Device.Open("cpu");
        using TemporaryRun run = new(cpu);
        var bytes = new ArrayBytes(_held.Train.Pixels!, SmallModels.Dimensions, Memory);
        Dataset data = _held with { Train = new ImageSet(bytes, SmallModels.Height, SmallModels.Width, 1) };
        DataException exception = Assert.Throws<DataException>(() => run.Execute(
            _configuration, data: data, onProgress: progress => bytes.Broken = progress.Step >= 4 ? 0 : int.MaxValue));
        Assert.Contains("the disk is gone", exception.Message, StringComparison.Ordinal);
        // What was learned before is there.
        bytes.Broken = int.MaxValue;
        Assert.Equal(RunEnding.Finished, run.Resume(_configuration, data: data).Ending);
    }
}
