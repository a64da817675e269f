using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>Epochs are compared by one and the same loss, whatever its weights were when each was measured.</summary>
public sealed class EpochComparisonTests : IDisposable
{
    private static readonly RunConfiguration _warm = TemporaryRun.Small("vae") with
    {
        WarmUp = 8,
        Beta = 10,
        Epochs = 10,
        CheckpointEvery = "4",
        DataFingerprint = "one",
    };

    private readonly IDevice _cpu = Device.Open("cpu");

    [Fact]
    public void Best_of_a_warm_up_is_what_is_best_at_the_full_weight()
    {
        using var run = new TemporaryRun(_cpu);
        RunResult result = run.Execute(_warm);
        int best = result.Epochs.MinBy(epoch => epoch.Reconstruction + (10 * epoch.Kl))!.Epoch;
        Assert.NotEqual(best, result.Epochs.MinBy(epoch => epoch.TestLoss)!.Epoch);
        Assert.Equal(best, result.Best!.Epoch);
        Assert.Equal(best, BestEpoch(run));
    }

    [Fact]
    public void Free_bits_are_not_free_when_epochs_are_compared()
    {
        using var run = new TemporaryRun(_cpu);
        RunResult result = run.Execute(_warm with { WarmUp = 0, FreeBits = 0.5, Beta = 1, LearningRate = 0.03 });
        int best = result.Epochs.MinBy(epoch => epoch.Reconstruction + epoch.Kl)!.Epoch;
        Assert.NotEqual(best, result.Epochs.MinBy(epoch => epoch.TestLoss)!.Epoch);
        Assert.Equal(best, result.Best!.Epoch);
        Assert.Equal(best, BestEpoch(run));
    }

    [Fact]
    public void Patience_does_not_run_out_while_the_weight_still_rises()
    {
        using TemporaryRun run = new(_cpu), after = new(_cpu);
        RunResult result = run.Execute(_warm with { Patience = 2, Epochs = 20, LearningRate = 1e-30 });
        // Nothing is learned, so that no epoch is better than the first: two after the warm-up are waited for.
        Assert.Equal((RunEnding.NoImprovement, 10), (result.Ending, result.Epoch));
        RunResult without = after.Execute(_warm with { WarmUp = 0, Patience = 2, LearningRate = 1e-30 });
        Assert.Equal((RunEnding.NoImprovement, 3), (without.Ending, without.Epoch));
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(9, 5)]
    public void Run_that_is_resumed_compares_as_one_that_never_stopped(int epoch, int step)
    {
        using TemporaryRun whole = new(_cpu), stopped = new(_cpu);
        RunConfiguration configuration = _warm with { Patience = 4, FreeBits = 0.3, Epochs = 40, LearningRate = 0.01 };
        RunResult expected = whole.Execute(configuration);
        stopped.ExecuteUntil(configuration, epoch, step);
        RunResult result = stopped.Resume(configuration);
        Assert.Equal((expected.Ending, expected.Epoch, expected.Best!.Epoch), (result.Ending, result.Epoch, result.Best!.Epoch));
        Assert.Equal(RunContent.Describe(whole.Path), RunContent.Describe(stopped.Path));
    }

    [Theory]
    [InlineData("elbo", 3)]
    [InlineData("iwae", 1)]
    [InlineData("sampled", 2)]
    public void Without_warm_up_and_free_bits_it_is_the_test_loss_to_the_bit(string objective, double beta)
    {
        using var run = new TemporaryRun(_cpu);
        RunConfiguration configuration = TemporaryRun.Small("vae") with
        {
            Objective = objective == "iwae" ? "iwae" : "elbo",
            Divergence = objective == "sampled" ? "sampled" : "exact",
            Samples = objective == "elbo" ? 1 : 3,
            Beta = beta,
            Likelihood = "gaussian",
        };
        EpochMetrics metrics = run.Execute(configuration).Epochs[^1];
        using var model = SmallModels.Build(configuration, _cpu, 12);
        var chosen = configuration.CreateObjective(6);
        using var evaluator = new Evaluator(_cpu, model, TemporaryRun.Data.Test, 1, default, chosen);
        var comparison = new EpochComparison(
            chosen, evaluator.Terms, model.Likelihood.Constant(model.Dimensions), stepsPerEpoch: 6);
        Assert.Equal(metrics.TestLoss, comparison.LossOf(metrics));
    }

    public void Dispose() => _cpu.Dispose();

    private static int BestEpoch(TemporaryRun run) => int.Parse(
        Safetensors.Read(run.Folder.BestPath).Metadata["epoch"], System.Globalization.CultureInfo.InvariantCulture);
}
