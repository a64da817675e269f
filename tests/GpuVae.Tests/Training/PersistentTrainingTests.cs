using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Support.Cuda;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>
/// Training by one persistent kernel, on the stand-in for NVIDIA's driver: its blocks take turns there and wait for each other as on a
/// GPU, and shared memory is watched. The bits have to be those of a launch for each operation.
/// </summary>
[Collection(nameof(TestDevices))]
public sealed class PersistentTrainingTests
{
    private const int Batch = 8, Steps = 5;

    public static MatrixTheoryData<string, string> Cases => new(Registry.Presets.Names, Registry.Precisions.Names);

    [Theory]
    [InlineData(Precision.Fp32, 1e-5)]
    [InlineData(Precision.Tf32, 2e-3)]
    [InlineData(Precision.Bf16, 1e-2)]
    public void Many_steps_are_one_launch_with_the_bits_of_the_graph(Precision precision, double bound)
    {
        TestDevices.ProvideCuda();
        using IDisposable few = StandInDriver.Multiprocessors(3);
        using GpuDevice cuda = TestDevices.OpenStandIn(precision);
        using IDevice cpu = Device.Open("cpu");
        RunConfiguration configuration = CudaTrainingTests.Configuration("vae");
        ImageSet images = CudaTrainingTests.Images(configuration, Batch * Steps);

        Trained expected = Train(cpu, configuration, images, stepsPerLaunch: 0);
        StandInDriver.Set(reversed: false, approximate: true);
        Trained graph = Train(cuda, configuration, images, stepsPerLaunch: 0);
        Trained persistent = Train(cuda, configuration, images, stepsPerLaunch: 100);
        StandInDriver.Set(reversed: true, approximate: true);
        Trained again = Train(cuda, configuration, images, stepsPerLaunch: 2);

        Assert.StartsWith("as one persistent kernel of ", persistent.Execution, StringComparison.Ordinal);
        Assert.Equal(1, persistent.LaunchesOfSecondEpoch);
        Assert.Equal(3, again.LaunchesOfSecondEpoch);
        AssertEqual(graph, persistent);
        AssertEqual(graph, again);
        for (int i = 0; i < expected.Losses.Length; i++)
        {
            double loss = expected.Losses[i], distance = bound * Math.Abs(loss);
            Assert.InRange(persistent.Losses[i], loss - distance, loss + distance);
        }
    }

    /// <summary>More rows than teams, of which each reduces in the same shared memory one after the other.</summary>
    [Fact]
    public void Teams_that_take_rows_in_turn_meet_between_them()
    {
        TestDevices.ProvideCuda();
        using IDisposable one = StandInDriver.Multiprocessors(1);
        using GpuDevice cuda = TestDevices.OpenStandIn();
        RunConfiguration configuration = CudaTrainingTests.Configuration("vae") with { Batch = 20 };
        ImageSet images = CudaTrainingTests.Images(configuration, 40);

        StandInDriver.Set(reversed: false, approximate: true);
        Trained graph = Train(cuda, configuration, images, stepsPerLaunch: 0);
        AssertEqual(graph, Train(cuda, configuration, images, stepsPerLaunch: 100));
        StandInDriver.Set(reversed: true, approximate: true);
        AssertEqual(graph, Train(cuda, configuration, images, stepsPerLaunch: 100));

        using IDisposable fault = StandInDriver.Plant("bar.sync team_barrier, 32;\nmad.lo.u32 group", "mad.lo.u32 group");
        Assert.Contains(
            "without a barrier between",
            Assert.ThrowsAny<Exception>(() => Train(cuda, configuration, images, stepsPerLaunch: 100)).ToString(), StringComparison.Ordinal);
    }

    /// <summary>A run that is stopped between launches, and goes on, is that of steps one by one, with its checkpoints.</summary>
    [Fact]
    public void Run_that_was_stopped_ends_with_the_same_bits()
    {
        TestDevices.ProvideCuda();
        using IDisposable few = StandInDriver.Multiprocessors(2);
        using GpuDevice cuda = TestDevices.OpenStandIn();
        RunConfiguration configuration = TemporaryRun.Small("vae") with
        {
            Batch = 1, // 21 steps an epoch, which are reported after each third
            Epochs = 3,
            CheckpointEvery = "4",
            DataFingerprint = "one",
            Pictures = "none",
        };
        using TemporaryRun graph = new(cuda), whole = new(cuda), stopped = new(cuda);
        RunResult expected = graph.Execute(configuration);
        RunResult result = whole.Execute(configuration with { StepsPerLaunch = 100 });
        stopped.ExecuteUntil(configuration with { StepsPerLaunch = 100 }, epoch: 2, step: 9);
        // After the report of the ninth step it went on to where the next checkpoint is due.
        Assert.Equal(11, CheckpointFile.Read(stopped.Folder.CheckpointPath).Position.StepInEpoch);
        stopped.Resume(configuration with { StepsPerLaunch = 100 });

        Assert.StartsWith("as one persistent kernel of ", result.StepExecution, StringComparison.Ordinal);
        Assert.Equal(
            expected.Epochs.Select(epoch => (epoch.TrainLoss, epoch.TestLoss)), result.Epochs.Select(epoch => (epoch.TrainLoss, epoch.TestLoss)));
        Assert.Equal(RunContent.Describe(whole.Path), RunContent.Describe(stopped.Path));
    }

    /// <summary>Also those whose layers, losses and optimizer the training step of the default model has not.</summary>
    [Theory]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    [MemberData(nameof(Cases))]
    public void Every_preset_can_be_one_kernel(string preset, string precision)
    {
        LongTests.Require();
        TestDevices.ProvideCuda();
        using IDisposable few = StandInDriver.Multiprocessors(3);
        using GpuDevice cuda = TestDevices.OpenStandIn(Registry.Precisions.Find(precision));
        RunConfiguration configuration = CudaTrainingTests.Configuration(preset);
        ImageSet images = CudaTrainingTests.Images(configuration, (Batch * 3) - 2);

        StandInDriver.Set(reversed: false, approximate: true);
        Trained graph = Train(cuda, configuration, images, stepsPerLaunch: 0);
        StandInDriver.Set(reversed: true, approximate: true);
        Trained persistent = Train(cuda, configuration, images, stepsPerLaunch: 100);

        Assert.StartsWith("as one persistent kernel of ", persistent.Execution, StringComparison.Ordinal);
        AssertEqual(graph, persistent);
    }

    /// <summary>784-400-20 at batch 128 on 132 multiprocessors, with two blocks of each.</summary>
    [Theory]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void Default_model_has_the_bits_of_the_graph_at_its_own_size(Precision precision)
    {
        LongTests.Require();
        using GpuDevice cuda = TestDevices.OpenStandIn(precision);
        RunConfiguration configuration = RunConfiguration.FromPreset("vae");
        var images = new ImageSet([.. Enumerable.Range(0, 2 * configuration.Batch * 28 * 28).Select(i => (byte)(i * i % 251))], null, 28, 28);

        StandInDriver.Set(reversed: false, approximate: true);
        Trained graph = Train(cuda, configuration, images, stepsPerLaunch: 0);
        StandInDriver.Set(reversed: true, approximate: true);
        Trained persistent = Train(cuda, configuration, images, stepsPerLaunch: 100);

        Assert.Equal("as one persistent kernel of 12 phases", persistent.Execution);
        Assert.Equal(1, persistent.LaunchesOfSecondEpoch);
        AssertEqual(graph, persistent);
    }

    private sealed record Trained(float[] Losses, float[] Parameters, string Execution, long LaunchesOfSecondEpoch);

    private static void AssertEqual(Trained one, Trained other)
    {
        Assert.Equal(one.Losses, other.Losses);
        Assert.Equal(one.Parameters, other.Parameters);
    }

    /// <summary>Two epochs: in the first kernels are compiled and recorded.</summary>
    private static Trained Train(IDevice device, RunConfiguration configuration, ImageSet images, int stepsPerLaunch)
    {
        int batch = configuration.Batch;
        using Autoencoder model = ModelBuilder.Build(configuration, device, images.Shape, batch, batch * configuration.Samples);
        ModelBuilder.InitializeParameters(configuration, device, model, images);
        using var trainer = new Trainer(
            device, model, configuration.CreateObjective((images.Count + batch - 1) / batch), images,
            configuration.TrainerSettings with { StepsPerLaunch = stepsPerLaunch });
        List<float> losses = [];
        long before = 0;
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            before = (device as GpuDevice)?.Launches ?? 0;
            trainer.BeginEpoch(epoch);
            while (trainer.StepInEpoch < trainer.StepsPerEpoch)
                trainer.Step(trainer.StepsPerEpoch);
            losses.AddRange(trainer.DownloadLosses());
        }
        long launches = (device as GpuDevice)?.Launches ?? 0;
        return new([.. losses], device.Read(model.Parameters.Values), trainer.StepExecution, launches - before);
    }
}
