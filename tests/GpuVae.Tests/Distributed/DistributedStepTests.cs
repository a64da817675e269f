using GpuVae.Cases.Reference;
using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Distributed;

/// <summary>What ranks do together against what one process does with the same batch: noise, masks and moves included.</summary>
public sealed class DistributedStepTests
{
    // One full batch, and one of 9: slices of 4, 4 and 1.
    private const int Batch = 13;
    private static readonly ImageSet _images = SmallModels.Images(22);

    private static readonly RunConfiguration _noisy = RunConfiguration.FromPreset("vae") with
    {
        Network = "conv 3 3/2, dropout 0.3, dense 5, dropout 0.2",
        Activation = "tanh",
        Latent = 3,
        Samples = 2,
        Binarize = "dynamic",
        Corruption = "masking",
        Noise = 0.2,
        Augment = "flip,shift1",
    };

    /// <summary>All whose loss is a mean over examples.</summary>
    private static RunConfiguration[] Configurations { get; } =
    [
        .. SmallModels.Configurations.Where(run =>
            run.FreeBits == 0 && !(run.Network ?? "").Contains("batch", StringComparison.Ordinal)
            && run.Categories.Length == 0),
        _noisy,
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Corruption = "cut-paste", Noise = 0.7 },
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Corruption = "noise-patch", Noise = 0.7 },
        RunConfiguration.FromPreset("vae") with { Hidden = [7], Corruption = "salt-and-pepper", WeightDecay = 0.1, ClipNorm = 0.5 },
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Latent = 5, Code = "binary", CodeNoise = 2 },
    ];

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Configurations.Length)];

    [Theory]
    [MemberData(nameof(Indices))]
    public void Ranks_add_up_to_the_gradient_of_the_batch(int index)
    {
        RunConfiguration configuration = Configurations[index] with { Batch = Batch };
        float[][] one = Gradients(configuration, new ReferenceDevice(), ranks: null);
        ThreadCommunicator.Run(3, communicator =>
        {
            using var ranks = new RankGroup(communicator);
            float[][] gradients = Gradients(configuration, new ReferenceDevice(), ranks);
            for (int step = 0; step < one.Length; step++)
                Assert.InRange(SmallModels.RelativeDistance(gradients[step], one[step]), 0, 2e-6);
        });
    }

    [Theory]
    [MemberData(nameof(Indices))]
    public void Processors_do_the_same(int index)
    {
        RunConfiguration configuration = Configurations[index] with { Batch = Batch };
        float[][] one;
        using (IDevice device = CpuDevice.Create(2))
            one = Gradients(configuration, device, ranks: null);
        ThreadCommunicator.Run(2, communicator =>
        {
            using var ranks = new RankGroup(communicator);
            using IDevice device = CpuDevice.Create(1);
            float[][] gradients = Gradients(configuration, device, ranks);
            for (int step = 0; step < one.Length; step++)
                Assert.InRange(SmallModels.RelativeDistance(gradients[step], one[step]), 0, 2e-4);
        });
    }


    /// <summary>The gradient of each step of an epoch, before Adam has made it more than it is.</summary>
    private static float[][] Gradients(RunConfiguration configuration, IDevice device, RankGroup? ranks)
    {
        using Autoencoder model = SmallModels.Build(configuration, device, Batch);
        using var trainer = new Trainer(
            device, model, configuration.CreateObjective(), _images, configuration.TrainerSettings with { LearningRate = 1e-30 }, ranks);
        Await(ranks, RankAction.BeginEpoch);
        trainer.BeginEpoch(1);
        var gradients = new float[trainer.StepsPerEpoch][];
        for (int step = 0; step < gradients.Length; step++)
        {
            Await(ranks, RankAction.Step);
            trainer.Step();
            device.Download<float>(model.Parameters.Gradients, gradients[step] = new float[model.Parameters.Gradients.Length]);
        }
        if (ranks?.Rank == 0)
            ranks.Dispose();
        Await(ranks, RankAction.End);
        return gradients;
    }

    private static void Await(RankGroup? ranks, RankAction action)
    {
        if (ranks?.Rank > 0)
            Assert.Equal(action, ranks.Follow().Action);
    }
}
