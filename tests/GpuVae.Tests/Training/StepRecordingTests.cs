using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>A step can be captured: the same calls with the same views each time, and nothing else among them.</summary>
[Collection(nameof(TestDevices))]
public sealed class StepRecordingTests(TestDevices devices)
{
    private const int Batch = 4, Images = 10, Epochs = 3;

    public static TheoryData<string> Names => [.. SmallModels.Names];

    public static TheoryData<string> Presets => [.. Registry.Presets.Names];

    [Theory]
    [MemberData(nameof(Presets))]
    public void Every_step_asks_for_the_same_operations_with_the_same_views(string preset) =>
        CheckSteps(RunConfiguration.FromPreset(preset));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void So_does_a_step_with_a_term_of_similarity(int samples) =>
        CheckSteps(RunConfiguration.FromPreset("vae") with { Ssim = 0.5, Samples = samples });

    private static void CheckSteps(RunConfiguration configuration)
    {
        using var log = new CallLog(new ReferenceDevice(), replays: false);
        Train(log, configuration);
        // Two full steps and a smaller one in each epoch.
        Assert.Equal(3 * Epochs, log.Replays.Count);
        string full = log.Replays[0], last = log.Replays[2];
        Assert.NotEqual(full, last);
        for (int step = 0; step < log.Replays.Count; step++)
            Assert.Equal(step % 3 == 2 ? last : full, log.Replays[step]);
        Assert.Equal(0, log.OpenRecordings);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Replayed_steps_give_the_bits_of_called_ones(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        RunConfiguration configuration = RunConfiguration.FromPreset("vae");
        using CallLog called = new(device, replays: false), replayed = new(device, replays: true);
        (double[] losses, float[] parameters) = Train(called, configuration);
        (double[] replayedLosses, float[] replayedParameters) = Train(replayed, configuration);
        Assert.Equal(losses, replayedLosses);
        Assert.Equal(parameters, replayedParameters);
        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
        Assert.True(losses[^1] < losses[0]);
    }

    [Theory]
    [InlineData("ilgpu-cpu")]
    [MemberData(nameof(TestDevices.Compiling), MemberType = typeof(TestDevices))]
    public void Step_of_the_default_model_has_as_many_launches_as_the_kernels_diary_says(string name)
    {
        var device = (GpuDevice)devices.Open(name);
        (long first, long second, _) = CountLaunches(device);
        Assert.Equal((12, 12), (first, second));
    }

    [Fact]
    public void Step_on_cuda_is_one_graph()
    {
        var device = (GpuDevice)devices.Open("cuda");
        (_, long captured, string execution) = CountLaunches(device);
        Assert.Equal($"as one graph of {captured} launches", execution);
    }

    /// <summary>
    /// Launches of the first and the second replay: as many layers as 784-400-20 has.
    /// </summary>
    private static (long First, long Second, string Execution) CountLaunches(GpuDevice device)
    {
        RunConfiguration configuration =
            RunConfiguration.FromPreset("vae") with { Hidden = [9], Latent = 3, Batch = Batch };
        using Autoencoder model = SmallModels.Build(configuration, device, Batch);
        using Trainer trainer = Start(configuration, device, model);
        trainer.BeginEpoch(1);
        long start = device.Launches;
        trainer.Step();
        long afterFirst = device.Launches;
        trainer.Step();
        return (afterFirst - start, device.Launches - afterFirst, trainer.StepExecution);
    }

    private static (double[] Losses, float[] Parameters) Train(IDevice device, RunConfiguration preset)
    {
        RunConfiguration configuration = preset with { Hidden = [9], Latent = 3, Batch = Batch };
        // The model has room for more than a batch, so that scratch memory grows when something else runs in between.
        using Autoencoder model = SmallModels.Build(configuration, device, Images);
        using Trainer trainer = Start(configuration, device, model);
        using var evaluator = new GpuVae.Evaluation.Evaluator(device, model, SmallModels.Images(Images), 1);
        var losses = new List<double>();
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            trainer.BeginEpoch(epoch);
            for (int step = 0; step < trainer.StepsPerEpoch; step++)
            {
                trainer.Step();
                losses.Add(trainer.ReadLoss().Mean);
            }
            losses.Add(evaluator.Loss().Reconstruction);
        }
        return ([.. losses], device.Read(model.Parameters.Values));
    }

    private static Trainer Start(RunConfiguration configuration, IDevice device, Autoencoder model) =>
        new(
            device, model, configuration.CreateObjective(),
            SmallModels.Images(Images), new TrainerSettings(Batch, 1e-2, configuration.Seed));
}
