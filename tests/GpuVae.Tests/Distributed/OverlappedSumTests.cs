using GpuVae.Cases;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Distributed;

/// <summary>Gradients of a decoder that are added while those of the encoder are computed.</summary>
public sealed class OverlappedSumTests
{
    // Slices of 4, 4, 4 and 1, and in the last batch 4, 4, 1 and none.
    private const int Batch = 13;
    private const int Images = 22;

    // 31,000 numbers in either half, which no number of ranks divides.
    private static readonly RunConfiguration _wide =
        RunConfiguration.FromPreset("vae") with { Hidden = [203, 151], Latent = 3, Batch = Batch };

    public static TheoryData<int, int> SizesAndModels =>
        [.. from size in (int[])[1, 2, 3, 4] from model in Enumerable.Range(0, Models.Length) select (size, model)];

    private static RunConfiguration[] Models { get; } =
    [
        _wide,
        _wide with { ClipNorm = 0.5, WeightDecay = 0.1 },
        _wide with { Objective = "iwae", Samples = 3 },
        _wide with { Likelihood = "gaussian", SigmaIsLearned = true },
        _wide with { Hidden = [], Network = "dense 203 norm batch, dense 151 norm batch" },
    ];

    [Theory]
    [MemberData(nameof(SizesAndModels))]
    public void Cut_or_not_the_bits_are_the_same(int size, int model)
    {
        ThreadCommunicator.Run(size, communicator =>
        {
            using var ranks = new RankGroup(communicator);
            float[] cut, whole;
            using (IDevice device = CpuDevice.Create(1))
                (cut, _) = Train(Models[model], device, ranks, Models[model].CreateObjective());
            // A device whose memory is not the host's adds everything at once.
            using (IDevice device = new DistantDevice(CpuDevice.Create(1)))
                (whole, _) = Train(Models[model], device, ranks, Models[model].CreateObjective());
            Assert.Equal(whole, cut);
            Await(ranks);
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_rank_that_fails_before_or_in_the_middle_of_a_sum_ends_all(bool isBefore)
    {
        const int Failing = 1;
        ThreadCommunicator.Run(3, communicator =>
        {
            using var ranks = new RankGroup(communicator);
            using IDevice device = CpuDevice.Create(1);
            var objective = new FailingObjective(ranks.Rank == Failing ? 2 : 0, isBefore);
            (float[] parameters, Exception? failure) = Train(_wide, device, ranks, objective);
            Assert.True(ranks.HasFailed);
            Assert.Equal(
                ranks.Rank == Failing ? "it broke" : "rank 1 on machine0: it broke", Assert.IsAssignableFrom<Exception>(failure).Message);
            // What the first step made of them.
            float[] expected = parameters.ToArray();
            ranks.Broadcast<float>(expected);
            Assert.Equal(expected, parameters);
        });
    }

    [Fact]
    public void The_decoder_is_the_end_of_the_arena_or_nothing_is_cut()
    {
        using IDevice device = CpuDevice.Create(1);
        using Autoencoder model = SmallModels.Build(_wide, device, Batch);
        Assert.Equal(model.Parameters["decoder.0.weight"].Value.Offset, model.Parameters.DecoderStart);
        using var arena = new ParameterArena(device);
        arena.Add(new ParameterShape("decoder.0.weight", [3], 1, 1));
        arena.Add(new ParameterShape("objective.scale", [3], 1, 1));
        arena.Allocate();
        Assert.Equal(arena.Gradients.Length, arena.DecoderStart);
    }

    /// <summary>Two steps, as far as they go.</summary>
    private static (float[] Parameters, Exception? Failure) Train(
        RunConfiguration configuration, IDevice device, RankGroup ranks, IObjective objective)
    {
        using Autoencoder model = SmallModels.Build(configuration, device, Batch);
        using var trainer = new Trainer(
            device, model, objective, SmallModels.Images(Images), configuration.TrainerSettings with { LearningRate = 0.01 }, ranks);
        Exception? failure = null;
        try
        {
            Await(ranks);
            trainer.BeginEpoch(1);
            for (int step = 0; step < 2; step++)
            {
                Await(ranks);
                trainer.Step();
            }
        }
        catch (Exception exception) when (exception is NotSupportedException or RankFailedException)
        {
            failure = exception;
        }
        var parameters = new float[model.Parameters.Values.Length];
        device.Download<float>(model.Parameters.Values, parameters);
        return (parameters, failure);
    }

    private static void Await(RankGroup ranks)
    {
        if (ranks.Rank > 0)
            ranks.Follow();
    }

    private sealed class DistantDevice(IDevice inner) : ForwardingDevice(inner)
    {
        public override void Run<TOperation>(in TOperation operation) => Inner.Run(operation);
    }

    /// <summary>The ELBO, which fails at a step before the decoder's gradients or after them.</summary>
    private sealed class FailingObjective(int step, bool isBefore) : IObjective, IObjectivePass
    {
        private int _step;

        public bool UsesPrior => true;

        public int Samples => 1;

        public double DivergenceWeight(long globalStep) => 1;

        public IObjectivePass? Prepare(IDevice device, ICode code, int images) => this;

        public void Measure(in ForwardPass pass)
        {
            _step++;
            FailIf(isBefore);
        }

        public DivergenceGradient WeighDivergence(in ForwardPass pass, View<float> zGradient)
        {
            FailIf(!isBefore);
            return default;
        }

        public void Dispose()
        {
        }

        private void FailIf(bool isHere)
        {
            if (isHere && _step == step)
                throw new NotSupportedException("it broke");
        }
    }
}
