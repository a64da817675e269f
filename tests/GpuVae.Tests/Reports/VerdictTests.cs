using GpuVae.Evaluation;
using GpuVae.Models;
using GpuVae.Reports;
using GpuVae.Runs;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Reports;

/// <summary>What the numbers of a run are taken to say.</summary>
public sealed class VerdictTests
{
    [Theory]
    [InlineData(new[] { 160.0, 120, 110, 100 }, VerdictKind.Note, "Still falling")]
    [InlineData(new[] { 160.0, 106.4, 106.1, 105.8 }, VerdictKind.Good, "Nearly converged")]
    [InlineData(new[] { 160.0, 100.01, 100.0, 99.99 }, VerdictKind.Good, "Converged")]
    [InlineData(new[] { 160.0, 99, 100, 101 }, VerdictKind.Note, "No longer falling")]
    public void The_last_epochs_say_whether_it_converged(double[] losses, VerdictKind kind, string words) =>
        Assert.Contains(Judge(losses), sentence => sentence.Kind == kind && sentence.Text.StartsWith(words, StringComparison.Ordinal));

    [Fact]
    public void A_run_that_still_falls_is_told_how_to_go_on() => Assert.Contains(
        new VerdictSentence(VerdictKind.Next, "More epochs: gpuvae train --resume 'my run' --epochs 8"), Judge([160, 120, 110, 100]));

    [Fact]
    public void One_epoch_shows_no_course() => Assert.Contains(
        Judge([160], asked: 1), sentence => sentence.Text.StartsWith("One epoch was measured", StringComparison.Ordinal));

    [Fact]
    public void No_epoch_is_nothing_to_judge() => Assert.Equal(VerdictKind.Note, Assert.Single(Judge([])).Kind);

    [Fact]
    public void A_loss_that_is_no_number_is_bad() => Assert.Contains(
        Judge([160, 120, double.NaN]), sentence => sentence.Kind == VerdictKind.Bad && sentence.Text.Contains("diverged", StringComparison.Ordinal));

    [Fact]
    public void Fewer_epochs_than_were_asked_for_are_told() => Assert.Contains(
        Judge([160, 120], asked: 10), sentence => sentence.Text.Contains("2 of 10 epochs", StringComparison.Ordinal));

    [Theory]
    [InlineData(101, VerdictKind.Good, "No overfitting")]
    [InlineData(99, VerdictKind.Good, "a gap of 1.00 nats (1.0 %)")]
    [InlineData(95, VerdictKind.Note, "A gap of 5.00 nats (5.3 %)")]
    [InlineData(50, VerdictKind.Bad, "A gap of 50.00 nats (100.0 %)")]
    public void The_gap_between_training_and_test_is_told(double train, VerdictKind kind, string words) => Assert.Contains(
        Judge([100, 100], train), sentence => sentence.Kind == kind && sentence.Text.Contains(words, StringComparison.Ordinal));

    [Fact]
    public void Losses_with_a_rising_weight_have_no_gap() => Assert.Contains(
        Judge([100, 100], train: 50, configuration: new RunConfiguration { WarmUp = 5 }),
        sentence => sentence.Text.StartsWith("While β rises", StringComparison.Ordinal));

    [Theory]
    [InlineData(20, 20, VerdictKind.Good, "a run with --latent 40 tells")]
    [InlineData(12, 20, VerdictKind.Good, "--latent 12 does the same")]
    [InlineData(4, 20, VerdictKind.Note, "--latent 4 does the same")]
    public void The_units_in_use_are_counted(int active, int all, VerdictKind kind, string next)
    {
        IReadOnlyList<VerdictSentence> verdict = Judge([100, 100], use: Use(active, all));
        Assert.Contains(verdict, sentence => sentence.Kind == kind && sentence.Text.StartsWith($"{active} of {all} units", StringComparison.Ordinal));
        Assert.Contains(verdict, sentence => sentence.Kind == VerdictKind.Next && sentence.Text.Contains(next, StringComparison.Ordinal));
    }

    [Fact]
    public void A_collapsed_posterior_is_bad() =>
        Assert.Contains(Judge([100, 100], use: Use(1, 20)), sentence => sentence.Kind == VerdictKind.Bad && sentence.Text.StartsWith("1 of 20", StringComparison.Ordinal));

    [Fact]
    public void A_best_epoch_before_the_last_is_named() => Assert.Contains(
        Judge([100, 90, 95]), sentence => sentence.Text.Contains("best after epoch 2 of 3", StringComparison.Ordinal));

    private static CodeUse Use(int active, int all) =>
        new([.. Enumerable.Range(0, all).Select(unit => unit < active ? 1.0 : 0)], [.. Enumerable.Repeat(1.0, all)]);

    private static IReadOnlyList<VerdictSentence> Judge(
        double[] losses, double? train = null, int? asked = null, CodeUse? use = null, RunConfiguration? configuration = null)
    {
        EpochMetrics[] epochs =
            [.. losses.Select((loss, i) => new EpochMetrics(i + 1, train ?? loss, loss, loss, 0, Seconds: 1, ImagesPerSecond: 1))];
        configuration = (configuration ?? new RunConfiguration()) with { Epochs = asked ?? Math.Max(1, losses.Length) };
        var comparison = new EpochComparison(
            configuration.CreateObjective(), new LossTerms([LossTerm.Reconstruction, LossTerm.Divergence]), constant: 0, stepsPerEpoch: 1);
        return Verdict.Of(configuration, epochs, comparison, use, train: null, "my run");
    }
}
