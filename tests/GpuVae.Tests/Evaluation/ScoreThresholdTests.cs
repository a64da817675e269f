using GpuVae.Evaluation;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class ScoreThresholdTests
{
    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 7)]
    [InlineData(-2, 1)]
    public void Deviations_are_counted_from_the_mean(double deviations, double expected) =>
        Assert.Equal(expected, ScoreThreshold.MeanPlusDeviations([2, 4, 4, 4, 5, 5, 7, 9], deviations), 1e-14);

    [Fact]
    public void The_deviation_of_large_scores_close_together_is_not_cancelled_away() =>
        Assert.Equal(1e9 + 1, ScoreThreshold.MeanPlusDeviations([1e9 - 1, 1e9 + 1], 1), 1e-6);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 1.75)]
    [InlineData(0.5, 2.5)]
    [InlineData(0.9, 3.7)]
    [InlineData(1, 4)]
    public void Quantiles_lie_on_the_line_between_ordered_scores(double probability, double expected) =>
        Assert.Equal(expected, ScoreThreshold.Quantile([3, 1, 4, 2], probability), 1e-14);

    [Fact]
    public void One_score_is_every_quantile_and_has_no_deviation()
    {
        Assert.Equal(3.5, ScoreThreshold.Quantile([3.5], 0.99));
        Assert.Equal(3.5, ScoreThreshold.MeanPlusDeviations([3.5], 10));
    }

    [Fact]
    public void The_scores_keep_their_order()
    {
        double[] scores = [3, 1, 2];
        ScoreThreshold.Quantile(scores, 0.5);
        Assert.Equal([3, 1, 2], scores);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Probability_outside_zero_to_one_is_refused(double probability) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ScoreThreshold.Quantile([1, 2], probability));

    [Fact]
    public void Infinite_scores_are_the_greatest_and_no_part_of_a_mean()
    {
        const double Infinity = double.PositiveInfinity;
        Assert.Equal(7, ScoreThreshold.MeanPlusDeviations([2, 4, 4, Infinity, 4, 5, 5, 7, 9], 1), 1e-14);
        Assert.Equal(2, ScoreThreshold.Quantile([1, Infinity, 2], 0.5));
        Assert.Equal(Infinity, ScoreThreshold.Quantile([1, Infinity, 2], 0.6));
        Assert.Equal(Infinity, ScoreThreshold.Quantile([1, Infinity, Infinity], 0.75));
        Assert.True(DetectionQuality.IsAnomaly(Infinity, Infinity));
        Assert.False(DetectionQuality.IsAnomaly(1, Infinity));
        DetectionQuality detection = DetectionQuality.Of([1, Infinity, 2, Infinity], 1.5, [false, true, false, true], false);
        Assert.Equal(new ConfusionMatrix(2, 1, 1, 0), detection.Confusion);
        Assert.Equal((1.0, 1.0), (detection.RocAuc, detection.AveragePrecision));
        Assert.Equal(
            new ConfusionMatrix(2, 0, 2, 0),
            DetectionQuality.Of([1, Infinity, 2, Infinity], Infinity, [true, false, true, false], true).Confusion);
    }

    [Fact]
    public void No_scores_and_scores_that_are_none_are_refused()
    {
        Assert.Throws<ArgumentException>(() => ScoreThreshold.Quantile([], 0.5));
        Assert.Throws<ArgumentException>(() => ScoreThreshold.MeanPlusDeviations([], 1));
        Assert.Throws<ArgumentException>(() => ScoreThreshold.MeanPlusDeviations([1, double.NaN], 1));
        Assert.Throws<ArgumentException>(() => ScoreThreshold.Quantile([1, double.NegativeInfinity], 0.5));
        Assert.Throws<ArgumentException>(() => ScoreThreshold.MeanPlusDeviations([double.PositiveInfinity], 1));
    }
}
