using GpuVae.Cases;
using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Training;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Distributed;

public sealed class DistributedTrainingTests
{
    // Four steps an epoch, of which the last has nine images.
    private static readonly RunConfiguration _configuration =
        TemporaryRun.Small("vae") with { Batch = 12, Epochs = 3, CheckpointEvery = "3", Pictures = "none" };

    private static readonly RunConfiguration _batchNorm = _configuration with
    {
        Network = "conv 3 3/2 norm batch, dense 5",
        Activation = "tanh",
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Losses_are_those_of_one_process(int size)
    {
        using TemporaryRun alone = new(CpuDevice.Create(1));
        alone.Execute(_configuration, data: DistributedRun.Data);
        using var run = new DistributedRun();
        RunResult result = run.Train(_configuration, size);
        Assert.Equal(RunEnding.Finished, result.Ending);
        Assert.Equal(3, run.Observer.Epochs.Count);
        foreach ((EpochMetrics one, EpochMetrics many) in alone.Observer.Epochs.Zip(run.Observer.Epochs))
        {
            Assert.Equal(1, many.TrainLoss / one.TrainLoss, 1e-4);
            Assert.Equal(1, many.TestLoss / one.TestLoss, 1e-4);
        }
        Assert.Contains($"gradients of {size} ranks", result.StepExecution, StringComparison.Ordinal);
    }

    [Fact]
    public void The_test_loss_has_the_bits_of_one_process()
    {
        RunConfiguration still = _configuration with { LearningRate = 1e-30, Epochs = 1 };
        using TemporaryRun alone = new(CpuDevice.Create(1));
        alone.Execute(still, data: DistributedRun.Data);
        using var run = new DistributedRun();
        run.Train(still, 3);
        Assert.Equal(alone.Observer.Epochs[0].TestLoss, run.Observer.Epochs[0].TestLoss);
    }

    // Gradients that are added at once, and as two halves.
    public static TheoryData<string> Models => ["dense", "batch norm", "wide"];

    [Theory]
    [MemberData(nameof(Models))]
    public void As_many_ranks_give_the_same_bits_stopped_or_not(string model)
    {
        RunConfiguration configuration = model switch
        {
            "wide" => _configuration with { Hidden = [203, 151] },
            "batch norm" => _batchNorm,
            _ => _configuration,
        };
        using DistributedRun whole = new(), again = new();
        whole.Train(configuration, 3);
        again.Train(configuration, 3);
        Assert.Equal(whole.Checkpoint(), again.Checkpoint());

        using var stop = new CancellationTokenSource();
        // What is asked of any rank stops all of them.
        using var stopped = new DistributedRun { StopOf = rank => rank == 2 ? stop.Token : default };
        RunResult result = stopped.Train(configuration, 3, onProgress: progress =>
        {
            if (progress is { Epoch: 2, Step: 1 })
                stop.Cancel();
        });
        Assert.Equal(RunEnding.Interrupted, result.Ending);
        Assert.Equal((2, 2), (result.Epoch, result.StepInEpoch));
        using var resumed = new DistributedRun();
        Directory.Move(stopped.Path, resumed.Path);
        Assert.Equal(RunEnding.Finished, resumed.Train(configuration, 3, isResumed: true).Ending);
        Assert.Equal(whole.Checkpoint(), resumed.Checkpoint());
        Directory.CreateDirectory(stopped.Path);
    }

    [Fact]
    public void Other_ranks_may_go_on()
    {
        using var stop = new CancellationTokenSource();
        using var run = new DistributedRun { StopOf = rank => rank == 0 ? stop.Token : default };
        run.Train(_configuration, 3, onProgress: progress => stop.Cancel());
        using var resumed = new DistributedRun();
        Directory.Move(run.Path, resumed.Path);
        Assert.Equal(RunEnding.Finished, resumed.Train(_configuration, 2, isResumed: true).Ending);
        Directory.CreateDirectory(run.Path);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_fails_on_a_rank_ends_all_with_its_name_and_a_checkpoint(int failing)
    {
        using DistributedRun whole = new();
        whole.Train(_configuration, 3);
        using var run = new DistributedRun
        {
            Open = rank => rank == failing ? new FailingDevice(CpuDevice.Create(1), steps: 5) : CpuDevice.Create(1),
        };
        var error = Assert.Throws<AggregateException>(() => run.Train(_configuration, 3));
        // The rank itself keeps its own; the others name it.
        Assert.Equal(3, error.InnerExceptions.Count);
        Assert.Single(error.InnerExceptions, inner => inner is DeviceException { Message: "the card fell off" });
        Assert.All(
            error.InnerExceptions.OfType<RankFailedException>(), inner => Assert.Equal($"rank {failing} on machine{failing / 2}: the card fell off", inner.Message));
        using var resumed = new DistributedRun();
        Directory.Move(run.Path, resumed.Path);
        resumed.Train(_configuration, 3, isResumed: true);
        Assert.Equal(whole.Checkpoint(), resumed.Checkpoint());
        Directory.CreateDirectory(run.Path);
    }

    [Fact]
    public void What_fails_on_rank_0_ends_the_others()
    {
        using var run = new DistributedRun();
        var error = Assert.Throws<AggregateException>(
            () => run.Train(_configuration, 3, onProgress: _ => throw new IOException("the disk is full")));
        Assert.Equal("the disk is full", Assert.IsType<IOException>(Assert.Single(error.InnerExceptions)).Message);
    }

    [Fact]
    public void A_rank_with_other_data_is_named()
    {
        Dataset other = DistributedRun.Data with { Test = SmallModels.Images(1100, seed: 7) };
        using var run = new DistributedRun { DataOf = rank => rank == 1 ? other : DistributedRun.Data };
        var error = Assert.Throws<AggregateException>(() => run.Train(_configuration, 2));
        Assert.Contains("rank 1 on machine0: ", error.InnerExceptions.OfType<RankFailedException>().Single().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_needs_whole_batches_and_batches_for_fewer_ranks_are_refused()
    {
        Assert.Contains("--free-bits", Refusal(_configuration with { FreeBits = 0.1 }, 2), StringComparison.Ordinal);
        Assert.Contains("--batch 12", Refusal(_configuration, 4), StringComparison.Ordinal);
        using var run = new DistributedRun();
        Assert.Equal(RunEnding.Finished, run.Train(_configuration with { FreeBits = 0.1, Epochs = 1 }, 1).Ending);
    }

    [Fact]
    public void A_loss_that_is_not_finite_is_found_by_all_ranks()
    {
        using var run = new DistributedRun();
        RunConfiguration wild = _configuration with { LearningRate = 1e20, Likelihood = "gaussian" };
        var error = Assert.Throws<AggregateException>(() => run.Train(wild, 3));
        var diverged = Assert.IsType<DivergedException>(Assert.Single(error.InnerExceptions));
        Assert.Contains("was first", diverged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_that_drift_apart_on_a_rank_end_the_run_with_its_name()
    {
        // Of the second epoch's four steps the first: what was saved is the first epoch.
        RunConfiguration configuration = _configuration with { CheckpointEvery = "epoch" };
        using DistributedRun whole = new(), run = new()
        {
            Open = rank => rank == 2 ? new DriftingDevice(CpuDevice.Create(1), updates: 5) : CpuDevice.Create(1),
        };
        whole.Train(configuration, 3);
        var error = Assert.Throws<AggregateException>(() => run.Train(configuration, 3));
        Assert.Contains(
            error.InnerExceptions.OfType<RankFailedException>(),
            inner => inner.Message.StartsWith("rank 2 on machine1: its parameters are no longer those of rank 0", StringComparison.Ordinal));
        Assert.Single(run.Observer.Epochs);
        using var resumed = new DistributedRun();
        Directory.Move(run.Path, resumed.Path);
        resumed.Train(configuration, 3, isResumed: true);
        Assert.Equal(whole.Checkpoint(), resumed.Checkpoint());
        Directory.CreateDirectory(run.Path);
    }

    private static string Refusal(RunConfiguration configuration, int size)
    {
        using var run = new DistributedRun();
        var error = Assert.Throws<AggregateException>(() => run.Train(configuration, size));
        return error.InnerExceptions.First(inner => inner is UserException and not RankFailedException).Message;
    }

    /// <summary>A device that loses a bit of a parameter in one of its updates.</summary>
    private sealed class DriftingDevice(IDevice inner, int updates) : ForwardingDevice(inner)
    {
        private int _left = updates;

        public override void Run<TOperation>(in TOperation operation)
        {
            Inner.Run(operation);
            if (typeof(TOperation) != typeof(Adam) || --_left != 0)
                return;
            Operand parameters = operation.Operands.Last(operand => operand.Role == OperandRole.Update);
            var place = new View<float>((DeviceBuffer<float>)parameters.Buffer, 7, 1, 1);
            var value = new float[1];
            Inner.Download(place, value);
            Inner.Upload<float>([MathF.BitIncrement(value[0])], place);
        }
    }

    /// <summary>A card that breaks after so many steps.</summary>
    private sealed class FailingDevice(IDevice inner, int steps) : ForwardingDevice(inner)
    {
        private int _left = steps;

        public override void Run<TOperation>(in TOperation operation)
        {
            if (typeof(TOperation) == typeof(SumTerms) && _left-- == 0)
                throw new DeviceException("the card fell off");
            Inner.Run(operation);
        }
    }
}
