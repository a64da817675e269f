using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>Training pictures that are flipped and moved, from end to end.</summary>
[Collection(nameof(TestDevices))]
public sealed class AugmentationTests(TestDevices devices)
{
    private static readonly RunConfiguration _configuration =
        TemporaryRun.Small("vae") with { Latent = 2, Epochs = 3, CheckpointEvery = "2", Augment = "flip,shift1" };

    public static TheoryData<string> Names => [.. SmallModels.Names];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 5)]
    public void Run_that_was_stopped_within_an_epoch_ends_with_the_same_bits(int epoch, int step)
    {
        using IDevice cpu = Device.Open("cpu");
        using TemporaryRun whole = new(cpu), stopped = new(cpu), plain = new(cpu);
        whole.Execute(_configuration);
        stopped.ExecuteUntil(_configuration, epoch, step);
        Assert.Equal(RunEnding.Finished, stopped.Resume(_configuration).Ending);
        Assert.Equal(Checkpoint(whole), Checkpoint(stopped));
        plain.Execute(_configuration with { Augment = null });
        Assert.NotEqual(Checkpoint(whole), Checkpoint(plain));
    }

    [Fact]
    public void Number_of_threads_changes_no_bit()
    {
        using CpuDevice one = CpuDevice.Create(1), three = CpuDevice.Create(3);
        using TemporaryRun first = new(one), second = new(three);
        RunConfiguration configuration = _configuration with { Batch = 16, Binarize = "dynamic" };
        first.Execute(configuration);
        second.Execute(configuration);
        Assert.Equal(Checkpoint(first), Checkpoint(second));
    }

    [Fact]
    public void Test_images_are_measured_and_shown_as_they_are()
    {
        // So small a step changes no weight: what differs is what was trained on.
        RunConfiguration still = _configuration with { Epochs = 1, LearningRate = 1e-30 };
        using IDevice cpu = Device.Open("cpu");
        using TemporaryRun augmented = new(cpu), plain = new(cpu);
        augmented.Execute(still);
        plain.Execute(still with { Augment = null });
        EpochMetrics one = Assert.Single(augmented.Observer.Epochs), other = Assert.Single(plain.Observer.Epochs);
        Assert.Equal(other.TestLoss, one.TestLoss);
        Assert.NotEqual(other.TrainLoss, one.TrainLoss);
        string[] pictures = [plain.Folder.ImagePath("reconstruction", 1), augmented.Folder.ImagePath("reconstruction", 1)];
        Assert.Equal(File.ReadAllBytes(pictures[0]), File.ReadAllBytes(pictures[1]));
        Assert.Equal("flip, shift up to 1 pixel", Assert.Single(augmented.Observer.Starts).Augmentation);
        Assert.Empty(Assert.Single(plain.Observer.Starts).Augmentation);
    }

    /// <summary>With a corruption too: the target is the moved picture, and noise comes upon that.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Training_sees_both_sides_of_a_picture_and_nothing_else(string name)
    {
        using var seen = new SeenPictures(SmallModels.Open(devices, name));
        RunConfiguration configuration = RunConfiguration.FromPreset("ae") with
        {
            Hidden = [6],
            Latent = 2,
            Batch = 3,
            Augment = "flip",
            Corruption = "masking",
            Noise = 0.5,
            Binarize = "threshold",
        };
        ImageSet images = SmallModels.Images(2);
        using Autoencoder model = SmallModels.Build(configuration, seen, 3);
        using var trainer = new Trainer(seen, model, new Reconstruction(), images, configuration.TrainerSettings);
        for (int epoch = 1; epoch <= 16; epoch++)
        {
            trainer.BeginEpoch(epoch);
            trainer.Step();
        }
        string[] expected =
        [
            .. images.Pixels!.Chunk(SmallModels.Dimensions).SelectMany(image => (string[])
            [
                Text(image), Text(image.Chunk(SmallModels.Width).SelectMany(line => line.Reverse())),
            ]),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), seen.Clean.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(32, seen.Clean.Count);

        static string Text(IEnumerable<byte> image) => string.Concat(image.Select(pixel => pixel > 127 ? '1' : '0'));
    }

    [Fact]
    public void Every_step_asks_for_the_same_operations_and_for_no_memory()
    {
        using IDevice cpu = Device.Open("cpu");
        using var log = new CallLog(cpu, replays: false);
        using Autoencoder model = SmallModels.Build(_configuration, log, 4);
        using var trainer = new Trainer(
            log, model, _configuration.CreateObjective(), SmallModels.Images(8), _configuration.TrainerSettings);
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            trainer.BeginEpoch(epoch);
            trainer.Step();
            trainer.Step();
        }
        Assert.Equal(4, log.Replays.Count);
        Assert.Single(log.Replays.Distinct());
        Assert.StartsWith("GatherAugmented", log.Replays[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_of_real_numbers_and_of_three_channels_are_augmented_too()
    {
        float[] values = [.. SmallModels.Images(12).Pixels!.Select(pixel => pixel / 255f)];
        var images = new ImageSet(values, null, height: 2, width: 10, channels: 3);
        using var run = new TemporaryRun(new ReferenceDevice());
        RunResult result = run.Execute(
            _configuration with { Augment = "flip-vertical, shift1", DataFingerprint = null },
            data: new Dataset("numbers", images, images));
        Assert.Equal(RunEnding.Finished, result.Ending);
        Assert.Equal("flip vertically, shift up to 1 pixel", Assert.Single(run.Observer.Starts).Augmentation);
    }

    private static byte[] Checkpoint(TemporaryRun run) => File.ReadAllBytes(run.Folder.CheckpointPath);

    /// <summary>A device that keeps what is to be corrupted.</summary>
    private sealed class SeenPictures(IDevice inner) : ForwardingDevice(inner)
    {
        public List<string> Clean { get; } = [];

        public override void Run<TOperation>(in TOperation operation)
        {
            if (operation is Corrupt corrupt)
                Clean.AddRange(Inner.Read(corrupt.Clean).Chunk(SmallModels.Dimensions).Select(image => string.Concat(image)));
            Inner.Run(operation);
        }
    }
}
