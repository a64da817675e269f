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

[Collection(nameof(TestDevices))]
public sealed class TrainerTests(TestDevices devices)
{
    public static TheoryData<string> Names => [.. SmallModels.Names];

    public static TheoryData<string, string> NamesAndPresets =>
        [.. from name in SmallModels.Names from preset in (string[])["vae", "ae"] select (name, preset)];

    [Theory]
    [MemberData(nameof(NamesAndPresets))]
    public void One_batch_can_be_learned_by_heart(string name, string preset)
    {
        IDevice device = SmallModels.Open(devices, name);
        RunConfiguration configuration = RunConfiguration.FromPreset(preset) with
        {
            Hidden = [32],
            Latent = 6,
            Likelihood = "gaussian",
            Beta = 1e-3,
            Batch = 4,
            LearningRate = 1e-2,
        };
        ImageSet images = SmallModels.Images(4);
        using Autoencoder model = SmallModels.Build(configuration, device, 4);
        using Trainer trainer = Start(configuration, device, model, images);
        using var evaluator = new Evaluator(device, model, images, configuration.Seed);
        double before = evaluator.MeanSquaredError();
        for (int epoch = 1; epoch <= 300; epoch++)
        {
            trainer.BeginEpoch(epoch);
            trainer.Step();
        }
        // Random pixels vary by 1/12; what is left is noise of the code.
        Assert.InRange(before, 0.05, 1);
        Assert.InRange(evaluator.MeanSquaredError(), 0, 1e-3);
    }

    [Theory]
    [MemberData(nameof(NamesAndPresets))]
    public void Same_seed_gives_the_same_bits_and_another_seed_does_not(string name, string preset)
    {
        IDevice device = SmallModels.Open(devices, name);
        RunConfiguration configuration =
            RunConfiguration.FromPreset(preset) with { Hidden = [9], Latent = 3, Batch = 4 };
        float[] one = TrainTwoEpochs(configuration, device, capacity: 4);
        Assert.Equal(one, TrainTwoEpochs(configuration, device, capacity: 4));
        Assert.Equal(one, TrainTwoEpochs(configuration, device, capacity: 16));
        Assert.NotEqual(one, TrainTwoEpochs(configuration with { Seed = 2 }, device, capacity: 4));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Loss_of_an_epoch_counts_every_image_once_with_the_smaller_last_batch(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        // With parameters that hardly move and no noise, the epoch's loss is the loss of the set.
        RunConfiguration configuration = RunConfiguration.FromPreset("ae") with
        {
            Hidden = [9],
            Latent = 3,
            Batch = 4,
            LearningRate = 1e-30,
        };
        ImageSet images = SmallModels.Images(10);
        using Autoencoder model = SmallModels.Build(configuration, device, 7);
        using Trainer trainer = Start(configuration, device, model, images);
        using var evaluator = new Evaluator(device, model, images, configuration.Seed);
        trainer.BeginEpoch(1);
        for (int step = 0; step < 3; step++)
            trainer.Step();
        TrainingLoss loss = trainer.ReadLoss();
        LossValues measured = evaluator.Loss();
        Assert.Equal((3, 3L, 10), (trainer.StepsPerEpoch, trainer.GlobalStep, loss.Images));
        Assert.Null(loss.NonFiniteStep);
        Assert.Equal(measured.Reconstruction, loss.Mean, 1e-5 * measured.Reconstruction);
        Assert.Equal(0, measured.Divergence);
        // ½Σ(x − x̂)² is D/2 mean squared errors, and the constant makes it a loss in nats.
        double expected = SmallModels.Dimensions * 0.5 * (evaluator.MeanSquaredError() + Math.Log(2 * Math.PI));
        Assert.Equal(expected, loss.Mean, 1e-5 * expected);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Batch_larger_than_the_data_is_one_smaller_batch(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        RunConfiguration configuration =
            RunConfiguration.FromPreset("vae") with { Hidden = [9], Latent = 3, Batch = 1000 };
        using Autoencoder model = SmallModels.Build(configuration, device, 6);
        using Trainer trainer = Start(configuration, device, model, SmallModels.Images(6));
        trainer.BeginEpoch(1);
        trainer.Step();
        Assert.Equal((1, 6), (trainer.StepsPerEpoch, trainer.ReadLoss().Images));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluation_draws_the_same_each_time_and_weighs_every_image_alike(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        RunConfiguration configuration = RunConfiguration.FromPreset("vae") with { Hidden = [9], Latent = 3 };
        ImageSet images = SmallModels.Images(11);
        using Autoencoder model = SmallModels.Build(configuration, device, 4);
        using Autoencoder wider = SmallModels.Build(configuration, device, 11);
        using var evaluator = new Evaluator(device, model, images, 1);
        using var wholeSet = new Evaluator(device, wider, images, 1);
        LossValues loss = evaluator.Loss();
        Assert.Equal(loss, evaluator.Loss());
        // KL needs no draw, so that it does not depend on the batches.
        Assert.Equal(wholeSet.Loss().Divergence, loss.Divergence, 1e-5 * loss.Divergence);
        Assert.True(loss.Divergence > 0);
        double error = evaluator.MeanSquaredError();
        Assert.Equal(wholeSet.MeanSquaredError(), error, 1e-5 * error);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void First_loss_that_is_not_finite_is_named(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        RunConfiguration configuration = RunConfiguration.FromPreset("vae") with { Hidden = [], Latent = 3, Batch = 2 };
        using Autoencoder model = SmallModels.Build(configuration, device, 2);
        using Trainer trainer = Start(configuration, device, model, SmallModels.Images(8));
        trainer.BeginEpoch(1);
        trainer.Step();
        trainer.Step();
        View<float> bias = model.Parameters["decoder.0.bias"].Value;
        device.Upload<float>(Enumerable.Repeat(float.NaN, bias.Columns).ToArray(), bias);
        trainer.Step();
        trainer.Step();
        TrainingLoss loss = trainer.ReadLoss();
        Assert.Equal(3, loss.NonFiniteStep);
        Assert.False(double.IsFinite(loss.Mean));
    }

    [Fact]
    public void Objective_that_needs_a_divergence_refuses_a_point_code()
    {
        var device = new ReferenceDevice();
        using Autoencoder model = SmallModels.Build(RunConfiguration.FromPreset("ae"), device, 2);
        Assert.Throws<UserException>(() => new Trainer(
            device, model, new EvidenceLowerBound(1), SmallModels.Images(4), new TrainerSettings(2, 1e-3, 1)));
    }

    private static Trainer Start(
        RunConfiguration configuration, IDevice device, Autoencoder model, ImageSet images) =>
        new(
            device, model, configuration.CreateObjective(), images,
            new TrainerSettings(configuration.Batch, configuration.LearningRate, configuration.Seed));

    private static float[] TrainTwoEpochs(RunConfiguration configuration, IDevice device, int capacity)
    {
        using Autoencoder model = SmallModels.Build(configuration, device, capacity);
        using Trainer trainer = Start(configuration, device, model, SmallModels.Images(10));
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            trainer.BeginEpoch(epoch);
            for (int step = 0; step < trainer.StepsPerEpoch; step++)
                trainer.Step();
        }
        return device.Read(model.Parameters.Values);
    }
}
