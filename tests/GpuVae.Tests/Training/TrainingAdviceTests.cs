using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

public sealed class TrainingAdviceTests
{
    private static readonly RunConfiguration _vae = TemporaryRun.Small("vae");

    [Fact]
    public void A_collapsed_run_is_told_what_helps_and_another_is_not()
    {
        using TemporaryRun collapsed = new(), learned = new();
        RunConfiguration gaussian = _vae with { Likelihood = "gaussian", Epochs = 40, LearningRate = 1e-2 };
        string advice = Assert.Single(collapsed.Execute(gaussian).Advice);
        Assert.StartsWith(
            "the posterior has collapsed, 0 of 3 units of the code tell examples apart: σ is 1 and ", advice,
            StringComparison.Ordinal);
        Assert.Contains("--sigma learned, --free-bits", advice, StringComparison.Ordinal);
        Assert.DoesNotContain(
            learned.Execute(gaussian with { Beta = 1e-4 }).Advice,
            one => one.Contains("units", StringComparison.Ordinal));
    }

    [Fact]
    public void Few_steps_and_other_likelihoods_have_other_remedies()
    {
        var nothing = new CodeUse([0, 0, 0], [0, 0, 0]);
        ImageSet images = SmallModels.Images(5);
        Assert.Equal(
            "0 of 3 units of the code tell examples apart after 9 steps: train longer, with more --epochs or a smaller --batch",
            TrainingAdvice.AgainstCollapse(_vae, nothing, 9, images));
        string bernoulli = TrainingAdvice.AgainstCollapse(_vae, nothing, 900, images)!;
        Assert.Contains("--free-bits", bernoulli, StringComparison.Ordinal);
        Assert.DoesNotContain("--sigma", bernoulli, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "--sigma",
            TrainingAdvice.AgainstCollapse(_vae with { Likelihood = "gaussian", Sigma = 0.01 }, nothing, 900, images)!,
            StringComparison.Ordinal);
        RunConfiguration bytes = _vae with { Likelihood = "logistic" };
        Assert.Contains(": s is 1 and the numbers", TrainingAdvice.AgainstCollapse(bytes, nothing, 900, images)!, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "--sigma", TrainingAdvice.AgainstCollapse(bytes with { Sigma = 0.05 }, nothing, 900, images)!, StringComparison.Ordinal);
        Assert.Null(TrainingAdvice.AgainstCollapse(_vae, new CodeUse([0, 1, 0], [0, 2, 0]), 900, images));
    }

    [Theory]
    [InlineData("conv 3 3", 50, 90, true)]
    [InlineData("conv 3 3", 5000, 90, false)] // steps enough
    [InlineData("conv 3 3", 50, 99.9, false)] // it falls no longer
    [InlineData(null, 50, 90, true)]
    [InlineData(null, 5000, 90, false)]
    public void Runs_that_still_learn_after_few_steps_are_told_to_go_on(string? network, int steps, double loss, bool expected)
    {
        EpochMetrics[] epochs = [new(1, 100, 100, 95, 5, 1, 1), new(2, loss, loss, loss - 5, 5, 1, 1)];
        string? advice = TrainingAdvice.AgainstFewSteps(_vae with { Network = network }, epochs, steps);
        Assert.Equal(expected ? "after 50 steps the test loss still falls, by 10.0 % in the last epoch: train longer, with more --epochs or a smaller --batch" : null, advice);
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, -1, false)] // the training loss rises too
    [InlineData(-1, 1, false)] // the test loss still falls
    public void A_test_loss_that_rises_while_the_training_loss_falls_is_overfitting(double rise, double fall, bool expected)
    {
        var terms = new LossTerms([LossTerm.Reconstruction, LossTerm.Divergence]);
        var comparison = new EpochComparison(new EvidenceLowerBound(1), terms, 0, 6);
        EpochMetrics Epoch(int epoch)
        {
            double test = epoch <= 4 ? 110 - epoch : 106 + (rise * (epoch - 4));
            return new EpochMetrics(epoch, 100 - (fall * epoch), test, test - 5, 5, 1, 1);
        }

        EpochMetrics[] epochs = [.. Enumerable.Range(1, 8).Select(Epoch)];
        string? advice = TrainingAdvice.AgainstOverfitting(_vae, epochs, comparison);
        Assert.Equal(expected, advice is not null);
        if (expected)
        {
            Assert.StartsWith(
                "the model overfits: the test loss was best after epoch 4 and rose from 106.00 to 110.00 since", advice,
                StringComparison.Ordinal);
            Assert.Contains("--patience", advice, StringComparison.Ordinal);
        }
        Assert.Null(TrainingAdvice.AgainstOverfitting(_vae with { Patience = 9 }, epochs, comparison));
        Assert.Null(TrainingAdvice.AgainstOverfitting(_vae, epochs[..6], comparison));
        Assert.Null(TrainingAdvice.AgainstOverfitting(_vae, [], comparison));
    }

    [Fact]
    public void Numbers_of_any_size_diverge_for_want_of_a_scale()
    {
        float[] values = [.. Enumerable.Range(0, 15 * 20).Select(i => (float)(1e15 * Math.Sin(i + 1)))];
        var images = new ImageSet(values, null, 1, 15);
        using TemporaryRun large = new(), small = new();
        RunConfiguration configuration = _vae with { Likelihood = "gaussian" };
        string message = Assert.Throws<DivergedException>(() => large.Execute(
            configuration, data: new Dataset("large", images, images))).Message;
        Assert.Contains("try --scale standard; ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("--learning-rate", message, StringComparison.Ordinal);
        message = Assert.Throws<DivergedException>(
            () => small.Execute(configuration with { LearningRate = 1e300 })).Message;
        Assert.Contains("try a smaller --learning-rate; ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_observer_is_told_what_an_example_is_and_whether_kl_counts()
    {
        var rows = new ImageSet(new float[15 * 8], null, 1, 15);
        using TemporaryRun table = new(), pictures = new();
        table.Execute(_vae with { Epochs = 1, Likelihood = "gaussian" }, data: new Dataset("table", rows, rows));
        Assert.Equal(("row", true), (table.Observer.Starts[0].Example, table.Observer.Starts[0].HasPrior));
        pictures.Execute(TemporaryRun.Small("ae") with { Epochs = 1 });
        Assert.Equal(("image", false), (pictures.Observer.Starts[0].Example, pictures.Observer.Starts[0].HasPrior));
    }
}
