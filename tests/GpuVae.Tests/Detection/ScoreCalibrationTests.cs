using GpuVae.Detection;
using Xunit;

namespace GpuVae.Tests.Detection;

public sealed class ScoreCalibrationTests
{
    [Fact]
    public void The_share_is_that_of_the_scores_within_what_was_seen()
    {
        var random = new Random(1);
        double[] scores = [.. Enumerable.Range(0, 20_000).Select(_ => -Math.Log(1 - random.NextDouble()))];
        ScoreCalibration calibration = ScoreCalibration.Of(scores, isHeldOut: true)!;
        Assert.Equal((true, 20_000, 0.98, 256), (calibration.IsHeldOut, calibration.Rows, calibration.TailStart, calibration.Quantiles.Count));
        for (double score = 0.01; score < 12; score += 0.37)
            Assert.Equal(1 - Math.Exp(-score), calibration.ShareBelow(score), 0.012);
        // Its own tail is exponential, with the mean 1.
        Assert.Equal(1, calibration.TailMean, 0.15);
    }

    [Fact]
    public void It_never_falls_and_ends_at_0_and_1()
    {
        foreach (int count in (int[])[1, 2, 3, 19, 40, 41, 300, 2000])
        {
            ScoreCalibration calibration = ScoreCalibration.Of(
                [.. Enumerable.Range(0, count).Select(i => (double)(i % 7) + (i / 100)), double.PositiveInfinity], isHeldOut: false)!;
            Assert.Equal(count, calibration.Rows);
            double before = 0;
            for (double score = -1; score < 60; score += 0.01)
            {
                double share = calibration.ShareBelow(score);
                Assert.InRange(share, before, 1);
                before = share;
            }
            Assert.Equal(0, calibration.ShareBelow(-0.001));
            Assert.Equal(1, calibration.ShareBelow(double.PositiveInfinity));
            Assert.True(calibration.TailMean > 0);
        }
        Assert.Null(ScoreCalibration.Of([], isHeldOut: true));
        Assert.Null(ScoreCalibration.Of([double.PositiveInfinity], isHeldOut: true));
    }

    [Fact]
    public void Rules_make_the_thresholds_that_they_say()
    {
        double[] scores = [.. Enumerable.Range(0, 101).Select(i => (double)i)];
        Assert.Equal(98.75, ThresholdRule.Quantile(0.9875).Apply(scores), 1e-12);
        Assert.Equal(95.25, ThresholdRule.Contamination(0.0475).Apply(scores), 1e-12);
        Assert.Equal(50 + (2 * Math.Sqrt(850)), ThresholdRule.MeanPlusDeviations(2).Apply(scores), 1e-9);
        Assert.Equal(3, ThresholdRule.Fixed(3).Apply([]));
        Assert.Equal("quantile 0.99 of the training scores", ThresholdRule.Default.ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => ThresholdRule.Quantile(1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThresholdRule.Contamination(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThresholdRule.Fixed(double.PositiveInfinity));
    }

    [Fact]
    public void No_training_score_ties_with_a_threshold_that_comes_from_them()
    {
        double[] scores = [.. Enumerable.Range(0, 101).Select(i => (double)i)];
        // A quantile that is one of the scores lies midway to the next, so that as many as before are above.
        Assert.Equal(99.5, ThresholdRule.Quantile(0.99).Apply(scores));
        Assert.Equal(95.5, ThresholdRule.Contamination(0.05).Apply(scores));
        // Scores that differ by rounding alone are on one side.
        scores[100] = 99 * (1 + 1e-9);
        scores[98] = 99 * (1 - 1e-9);
        Assert.Equal(99 * (1 + 1e-6), ThresholdRule.Quantile(0.99).Apply(scores), 1e-6);
        Assert.True(ThresholdRule.Quantile(0.99).Apply(scores) > scores[100] * (1 + 5e-7));
        Assert.Equal((97 + scores[98]) / 2, ThresholdRule.Quantile(0.97).Apply(scores));
        Assert.InRange(ThresholdRule.Quantile(1).Apply([1, 2, 3]), 3 * (1 + 5e-7), 3 * (1 + 2e-6));
        Assert.InRange(ThresholdRule.MeanPlusDeviations(2).Apply([7, 7, 7]), 7 * (1 + 5e-7), 7 * (1 + 2e-6));
        Assert.InRange(ThresholdRule.Quantile(0.5).Apply([0, 0, 0]), double.Epsilon, 1e-300);
        Assert.Equal(double.PositiveInfinity, ThresholdRule.Quantile(1).Apply([1, 2, double.PositiveInfinity]));
        Assert.Equal(7, ThresholdRule.Fixed(7).Apply([7, 8]));
    }
}
