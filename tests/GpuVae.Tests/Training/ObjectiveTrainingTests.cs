using GpuVae.Cases.Reference;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>Training with codes and objectives that no preset needs.</summary>
[Collection(nameof(TestDevices))]
public sealed class ObjectiveTrainingTests(TestDevices devices)
{
    private static readonly RunConfiguration _vae =
        RunConfiguration.FromPreset("vae") with { Hidden = [16], Latent = 4, Batch = 4, LearningRate = 1e-2 };

    private static readonly Dictionary<string, RunConfiguration> _choices = new()
    {
        ["full"] = _vae with { Code = "full", Likelihood = "gaussian", Beta = 1e-3 },
        ["samples"] = _vae with { Samples = 3, Likelihood = "gaussian", Beta = 1e-3 },
        ["free bits"] = _vae with { FreeBits = 2, Likelihood = "gaussian", Beta = 1e-3, WarmUp = 20 },
        ["iwae"] = _vae with { Objective = "iwae", Samples = 4 },
        ["iwae of a full code"] = _vae with { Objective = "iwae", Samples = 3, Code = "full" },
        ["sampled divergence"] = _vae with { Divergence = "sampled", Samples = 4, Likelihood = "gaussian", Beta = 1e-3 },
        ["sampled divergence of a full code"] = _vae with { Divergence = "sampled", Samples = 3, Code = "full" },
        ["binary"] = RunConfiguration.FromPreset("ae") with
        {
            Code = "binary",
            CodeNoise = 1,
            Hidden = [16],
            Latent = 8,
            Likelihood = "bernoulli",
            Batch = 4,
            LearningRate = 1e-2,
        },
    };

    public static TheoryData<string> Names => [.. _choices.Keys];

    public static TheoryData<string, string> DevicesAndNames =>
        [.. from device in (string[])[SmallModels.Reference, "cpu"] from name in _choices.Keys select (device, name)];

    public static TheoryData<string, string> DevicesAndCodes =>
        [.. from device in SmallModels.Names from code in (string[])["diagonal", "full"] select (device, code)];

    [Theory]
    [MemberData(nameof(DevicesAndNames))]
    public void One_batch_can_be_learned_by_heart(string deviceName, string name)
    {
        IDevice device = SmallModels.Open(devices, deviceName);
        RunConfiguration configuration = _choices[name];
        ImageSet images = BlackAndWhite(4);
        using Autoencoder model = SmallModels.Build(configuration, device, 4);
        using var trainer = new Trainer(
            device, model, configuration.CreateObjective(1), images, configuration.TrainerSettings);
        using var evaluator = new Evaluator(device, model, images, configuration.Seed);
        Assert.InRange(evaluator.MeanSquaredError(), 0.2, 1);
        for (int epoch = 1; epoch <= 300; epoch++)
        {
            trainer.BeginEpoch(epoch);
            trainer.Step();
        }
        Assert.InRange(evaluator.MeanSquaredError(), 0, 0.01);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Same_seed_gives_the_same_bits_whatever_room_the_model_has(string name)
    {
        IDevice device = devices.Open("cpu");
        float[] one = Train(_choices[name], device, capacity: 4).Parameters;
        Assert.Equal(one, Train(_choices[name], device, capacity: 11).Parameters);
        Assert.NotEqual(one, Train(_choices[name] with { Seed = 2 }, device, capacity: 4).Parameters);
    }

    [Theory]
    [MemberData(nameof(DevicesAndCodes))]
    public void Sampled_divergence_of_one_draw_gives_the_bits_of_the_importance_weighted_bound(
        string deviceName, string code)
    {
        IDevice device = SmallModels.Open(devices, deviceName);
        // Batches of 3, 3, 3 and 1: a third is rounded.
        RunConfiguration bernoulli = _vae with { Code = code, Batch = 3 };
        RunConfiguration gaussian = bernoulli with { Likelihood = "gaussian", Sigma = 0.3, SigmaIsLearned = true };
        foreach (RunConfiguration one in (RunConfiguration[])[bernoulli, gaussian])
        {
            (float[] parameters, double loss) = Train(one with { Divergence = "sampled" }, device, capacity: 3);
            (float[] expected, double expectedLoss) = Train(one with { Objective = "iwae" }, device, capacity: 3);
            Assert.Equal(expected, parameters);
            Assert.Equal(expectedLoss, loss);
            Assert.NotEqual(Train(one, device, capacity: 3).Parameters, parameters);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_step_asks_for_the_same_operations_with_the_same_views(string name)
    {
        using var log = new CallLog(new ReferenceDevice(), replays: false);
        Train(_choices[name], log, capacity: 4);
        // Two full steps and a smaller one in each of two epochs.
        Assert.Equal(log.Replays[..3], log.Replays[3..]);
        Assert.Equal(log.Replays[0], log.Replays[1]);
        Assert.NotEqual(log.Replays[0], log.Replays[2]);
    }

    [Fact]
    public void Bound_of_a_trained_model_rises_with_the_number_of_its_draws()
    {
        IDevice device = devices.Open("cpu");
        RunConfiguration configuration = _vae with { Objective = "iwae", Samples = 64, Latent = 2 };
        ImageSet images = BlackAndWhite(40);
        using Autoencoder model = SmallModels.Build(configuration, device, 40);
        using var trainer = new Trainer(
            device, model, configuration.CreateObjective(), images, configuration.TrainerSettings);
        for (int epoch = 1; epoch <= 10; epoch++)
        {
            trainer.BeginEpoch(epoch);
            for (int step = 0; step < trainer.StepsPerEpoch; step++)
                trainer.Step();
        }
        double last = double.PositiveInfinity;
        foreach (int samples in (int[])[1, 4, 16, 64])
        {
            IObjective objective = (configuration with { Samples = samples }).CreateObjective();
            using var evaluator = new Evaluator(device, model, images, 1, PixelEncoding.Scaled, objective);
            LossValues parts = evaluator.Loss();
            double loss = objective.Loss(parts, 1);
            Assert.True(loss < last, $"{samples} draws: {loss}, with fewer {last}");
            last = loss;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_reports_losses_that_are_what_was_minimised(string name)
    {
        using var run = new TemporaryRun();
        RunConfiguration configuration = _choices[name] with { Epochs = 1, LearningRate = 1e-30 };
        EpochMetrics metrics = Assert.Single(run.Execute(configuration).Epochs);
        IObjective objective = configuration.CreateObjective();
        // With parameters that stand still, a set's loss in training differs from that of a test by its images and draws.
        if (configuration.WarmUp == 0 && configuration.Code != "binary")
            Assert.Equal(metrics.TrainLoss, metrics.TestLoss, 0.1 * metrics.TestLoss);
        if (objective.Description.Length == 0)
            Assert.Equal(metrics.Reconstruction, metrics.TestLoss, 1e-9);
        if (configuration.Divergence == "sampled")
        {
            double exact = metrics.Reconstruction + (configuration.Beta * metrics.Kl);
            Assert.NotEqual(exact, metrics.TestLoss);
            Assert.Equal(exact, metrics.TestLoss, 0.1 * exact);
        }
        if (configuration.Objective == "iwae")
            Assert.True(metrics.TestLoss < metrics.Reconstruction + metrics.Kl, $"{metrics}");
    }

    /// <summary>Random pixels that are 0 or 255.</summary>
    private static ImageSet BlackAndWhite(int count)
    {
        float[] pixels = SmallModels.Scaled(SmallModels.Images(count));
        return new ImageSet(
            Array.ConvertAll(pixels, value => (byte)(value < 0.5f ? 0 : 255)), null, SmallModels.Height,
            SmallModels.Width);
    }

    private static (float[] Parameters, double Loss) Train(
        RunConfiguration configuration, IDevice device, int capacity)
    {
        using Autoencoder model = SmallModels.Build(configuration, device, capacity);
        using var trainer = new Trainer(
            device, model, configuration.CreateObjective(3), SmallModels.Images(10), configuration.TrainerSettings);
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            trainer.BeginEpoch(epoch);
            for (int step = 0; step < trainer.StepsPerEpoch; step++)
                trainer.Step();
        }
        return (device.Read(model.Parameters.Values), trainer.ReadLoss().Mean);
    }
}
