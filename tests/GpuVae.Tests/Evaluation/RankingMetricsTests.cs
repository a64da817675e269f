using GpuVae.Evaluation;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class RankingMetricsTests
{
    [Fact]
    public void Values_are_those_computed_by_hand()
    {
        // From the top: positive, negative, positive, negative. Of four pairs three are in order.
        double[] scores = [0.1, 0.4, 0.35, 0.8];
        bool[] positive = [false, false, true, true];
        Assert.Equal(0.75, RankingMetrics.RocAuc(scores, positive), 1e-15);
        Assert.Equal((0.5 * 1) + (0.5 * 2 / 3), RankingMetrics.AveragePrecision(scores, positive), 1e-15);
    }

    [Fact]
    public void Perfect_reversed_and_constant_scores_give_one_zero_and_a_half()
    {
        double[] scores = [1, 2, 3, 4, 5];
        bool[] top = [false, false, false, true, true], bottom = [true, true, false, false, false];
        Assert.Equal((1.0, 1.0), (RankingMetrics.RocAuc(scores, top), RankingMetrics.AveragePrecision(scores, top)));
        Assert.Equal(0.0, RankingMetrics.RocAuc(scores, bottom));
        double[] constant = [7, 7, 7, 7, 7];
        Assert.Equal(0.5, RankingMetrics.RocAuc(constant, top));
        Assert.Equal(2 / 5.0, RankingMetrics.AveragePrecision(constant, top));
    }

    [Fact]
    public void Random_scores_with_many_ties_agree_with_counting_pairs_and_thresholds()
    {
        var random = new Random(5);
        for (int trial = 0; trial < 200; trial++)
        {
            int count = random.Next(2, 40);
            double[] scores = [.. Enumerable.Range(0, count).Select(_ => (double)random.Next(-3, 4))];
            bool[] positive = [.. Enumerable.Range(0, count).Select(_ => random.Next(3) == 0)];
            positive[0] = true;
            positive[1] = false;
            Assert.Equal(CountPairs(scores, positive), RankingMetrics.RocAuc(scores, positive), 1e-13);
            Assert.Equal(CountThresholds(scores, positive), RankingMetrics.AveragePrecision(scores, positive), 1e-13);
        }
    }

    [Fact]
    public void The_order_of_the_examples_changes_nothing()
    {
        double[] scores = [3, 1, 3, 2, 2, 1, 3];
        bool[] positive = [true, false, false, true, false, true, false];
        double area = RankingMetrics.RocAuc(scores, positive);
        double precision = RankingMetrics.AveragePrecision(scores, positive);
        Array.Reverse(scores);
        Array.Reverse(positive);
        Assert.Equal(
            (area, precision),
            (RankingMetrics.RocAuc(scores, positive), RankingMetrics.AveragePrecision(scores, positive)));
    }

    [Fact]
    public void Infinite_scores_have_their_place()
    {
        double[] scores = [double.NegativeInfinity, 0, double.PositiveInfinity, double.PositiveInfinity];
        Assert.Equal(2.5 / 3, RankingMetrics.RocAuc(scores, [false, false, true, false]), 1e-15);
    }

    [Fact]
    public void One_class_alone_has_no_area()
    {
        Assert.Equal(double.NaN, RankingMetrics.RocAuc([1, 2], [true, true]));
        Assert.Equal(double.NaN, RankingMetrics.RocAuc([1, 2], [false, false]));
        Assert.Equal(double.NaN, RankingMetrics.RocAuc([], []));
        Assert.Equal(1.0, RankingMetrics.AveragePrecision([1, 2], [true, true]));
        Assert.Equal(double.NaN, RankingMetrics.AveragePrecision([1, 2], [false, false]));
    }

    [Fact]
    public void Scores_that_are_no_numbers_or_too_few_are_refused()
    {
        Assert.Throws<ArgumentException>(() => RankingMetrics.RocAuc([1, double.NaN], [true, false]));
        Assert.Throws<ArgumentException>(() => RankingMetrics.AveragePrecision([1], [true, false]));
    }

    private static double CountPairs(double[] scores, bool[] positive)
    {
        double wins = 0, pairs = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            for (int j = 0; j < scores.Length; j++)
            {
                if (!positive[i] || positive[j])
                    continue;
                pairs++;
                wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
            }
        }
        return wins / pairs;
    }

    private static double CountThresholds(double[] scores, bool[] positive)
    {
        double sum = 0, recallBefore = 0;
        foreach (double threshold in scores.Distinct().OrderDescending())
        {
            var matrix = ConfusionMatrix.Of([.. scores.Select(score => score >= threshold)], positive);
            sum += (matrix.Recall - recallBefore) * matrix.Precision;
            recallBefore = matrix.Recall;
        }
        return sum;
    }
}
