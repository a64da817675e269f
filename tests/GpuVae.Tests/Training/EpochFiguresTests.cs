using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

/// <summary>What metrics say of an epoch beside its losses.</summary>
public sealed class EpochFiguresTests : IDisposable
{
    private readonly IDevice _cpu = Device.Open("cpu");

    [Fact]
    public void Learning_rate_is_that_of_the_last_step()
    {
        RunConfiguration stepped = TemporaryRun.Small("vae") with { Schedule = "steps", RateSteps = [new RateStep(2, 1e-4)] };
        Assert.Equal([1e-3, 1e-4], Epochs(stepped).Select(epoch => epoch.LearningRate));
        RunConfiguration cosine = TemporaryRun.Small("vae") with { Schedule = "cosine", Epochs = 3 };
        double?[] rates = [.. Epochs(cosine).Select(epoch => epoch.LearningRate)];
        ILearningRateSchedule schedule = cosine.TrainerSettings.Schedule;
        Assert.Equal([schedule.RateAt(1, 5 / 6.0), schedule.RateAt(2, 5 / 6.0), schedule.RateAt(3, 5 / 6.0)], rates);
        Assert.True(rates[0] > rates[1] && rates[1] > rates[2]);
    }

    [Fact]
    public void Effective_beta_rises_with_warm_up_and_is_the_weight_in_the_test_loss()
    {
        IReadOnlyList<EpochMetrics> epochs = Epochs(TemporaryRun.Small("vae") with { Beta = 3, WarmUp = 2, Epochs = 3 });
        Assert.Equal([1.5, 3, 3], epochs.Select(epoch => epoch.EffectiveBeta!.Value));
        Assert.All(epochs, epoch => Assert.Equal(epoch.Reconstruction + (epoch.EffectiveBeta!.Value * epoch.Kl), epoch.TestLoss, 1e-4));
        Assert.All(Epochs(TemporaryRun.Small("ae")), epoch => Assert.Equal(0, epoch.EffectiveBeta));
    }

    [Fact]
    public void Active_units_are_those_that_evaluate_counts()
    {
        using var run = new TemporaryRun(_cpu);
        RunResult result = run.Execute(TemporaryRun.Small("vae") with { Epochs = 20, LearningRate = 1e-2, Beta = 0.01 });
        using var trained = TrainedModel.Open(run.Path, _cpu);
        EvaluationReport report = EvaluationReport.Measure(_cpu, trained, TemporaryRun.Data.Test, seed: 1, samples: 0);
        Assert.Equal(report.Use.ActiveUnits, result.Epochs[^1].ActiveUnits);
        Assert.True(result.Epochs[^1].ActiveUnits > 0);
        // β so large that the posterior is the prior.
        Assert.Equal(0, Epochs(TemporaryRun.Small("vae") with { Beta = 1000, Epochs = 30, LearningRate = 1e-2 })[^1].ActiveUnits);
    }

    [Fact]
    public void Divergences_of_the_units_add_up_to_that_of_the_test_images()
    {
        IReadOnlyList<EpochMetrics> epochs = Epochs(TemporaryRun.Small("vae") with { Epochs = 3 });
        Assert.All(epochs, epoch =>
        {
            Assert.Equal(TemporaryRun.Small("vae").Latent, epoch.UnitKl!.Count);
            Assert.Equal(epoch.Kl, epoch.UnitKl.Sum(kl => (double)kl), 1e-4 * epoch.Kl);
        });
        Assert.All(Epochs(TemporaryRun.Small("ae")), epoch => Assert.Null(epoch.UnitKl));
    }

    [Fact]
    public void Gradient_norm_is_that_before_clipping_and_there_only_where_it_is_clipped()
    {
        Assert.All(Epochs(TemporaryRun.Small("vae")), epoch => Assert.Null(epoch.GradientNorm));
        // A limit that nothing reaches leaves everything as it is, and tells the same norm as one that everything exceeds in the first step.
        RunConfiguration one = TemporaryRun.Small("vae") with { Batch = 21, Epochs = 1 };
        double wide = Epochs(one with { ClipNorm = 1e6 })[0].GradientNorm!.Value;
        double narrow = Epochs(one with { ClipNorm = 1e-3 })[0].GradientNorm!.Value;
        Assert.InRange(wide, 1e-2, 1e5);
        Assert.Equal(wide, narrow, wide * 1e-6);
    }

    [Fact]
    public void Measuring_changes_no_bit_of_what_is_trained()
    {
        using TemporaryRun often = new(_cpu), once = new(_cpu);
        RunConfiguration configuration = TemporaryRun.Small("vae") with { Epochs = 3, ClipNorm = 1, Schedule = "cosine" };
        often.Execute(configuration);
        once.Execute(configuration with { EvaluateEvery = 3, Pictures = "none" });
        CheckpointFile[] files = [CheckpointFile.Read(often.Folder.CheckpointPath), CheckpointFile.Read(once.Folder.CheckpointPath)];
        float[][] values = [.. files.Select(Values)];
        Assert.Equal(values[0], values[1]);
        Assert.Equal(often.Observer.Epochs[^1].TestLoss, once.Observer.Epochs[^1].TestLoss);

        float[] Values(CheckpointFile file)
        {
            using Autoencoder model = ModelBuilder.Build(configuration, _cpu, TemporaryRun.Data.Train.Shape, capacity: 4);
            file.Restore(_cpu, model.Parameters);
            var all = new float[model.Parameters.Values.Length + model.Parameters.SecondMoments.Length];
            _cpu.Download<float>(model.Parameters.Values, all.AsSpan(0, (int)model.Parameters.Values.Length));
            _cpu.Download<float>(model.Parameters.SecondMoments, all.AsSpan((int)model.Parameters.Values.Length));
            return all;
        }
    }

    public void Dispose() => _cpu.Dispose();

    private List<EpochMetrics> Epochs(RunConfiguration configuration)
    {
        using var run = new TemporaryRun(_cpu);
        run.Execute(configuration);
        Assert.Equal(run.Observer.Epochs, MetricsFile.Read(run.Folder.MetricsPath));
        return run.Observer.Epochs;
    }
}
