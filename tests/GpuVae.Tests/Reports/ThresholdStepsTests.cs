using System.Globalization;
using GpuVae.Reports;
using Xunit;

namespace GpuVae.Tests.Reports;

/// <summary>Thresholds of a page between scores, and its histogram.</summary>
public sealed class ThresholdStepsTests
{
    /// <summary>Scores of many kinds.</summary>
    public static TheoryData<double[]> Scores => new()
    {
        { [.. Enumerable.Range(0, 50).Select(i => Math.Sqrt(i) / 3)] },
        { [1, 1, 1] },
        { [0] },
        { [-3.5, -3.5, 2, double.PositiveInfinity] },
        { [double.PositiveInfinity] },
        { [1, Math.BitIncrement(1), Math.BitIncrement(Math.BitIncrement(1))] },
        { [-1e300, 0, 1e300] },
        { [1e-300, 1e300] },
    };

    [Theory]
    [MemberData(nameof(Scores))]
    public void Every_way_to_part_the_scores_has_a_step(double[] scores)
    {
        double[] steps = ThresholdSteps.Of(scores, own: 0.7, most: 1000);
        Assert.Contains(0.7, steps);
        Assert.Equal(steps.Order().Distinct(), steps);
        int[] above = ThresholdSteps.Above(scores, steps);
        Assert.Equal(steps.Select(step => scores.Count(score => score > step)), above);
        HashSet<int> possible = [.. scores.Where(double.IsFinite).Select(least => scores.Count(score => score >= least)), scores.Count(double.IsPositiveInfinity)];
        Assert.Equal(possible.Order(), above.Distinct().Order());
    }

    [Fact]
    public void Steps_are_short()
    {
        double[] steps = ThresholdSteps.Of([0.123456789, 0.987654321, 12.3456789], own: double.NaN, most: 10);
        Assert.Equal(4, steps.Length);
        Assert.Equal([0.6, 7], steps[1..3]);
        Assert.All(steps, step => Assert.InRange(step.ToString("R", CultureInfo.InvariantCulture).Length, 1, 4));
    }

    [Fact]
    public void Of_many_scores_the_highest_keep_a_step_each()
    {
        double[] scores = [.. Enumerable.Range(0, 10_000).Select(i => (double)i)];
        double[] steps = ThresholdSteps.Of(scores, own: 17.25, most: 400);
        Assert.Equal(401, steps.Length);
        Assert.Equal(Enumerable.Range(0, 100).Reverse(), ThresholdSteps.Above(scores, steps)[^100..]);
        Assert.Equal(10_000, ThresholdSteps.Above(scores, steps)[0]);
    }

    [Theory]
    [MemberData(nameof(Scores))]
    public void The_axis_holds_the_scores_and_the_threshold(double[] scores)
    {
        foreach (double threshold in (double[])[0.7, double.PositiveInfinity, -1])
        {
            var axis = ScoreAxis.Of(scores, scores, threshold);
            Assert.True(axis.End > axis.Start && double.IsFinite(axis.Start) && double.IsFinite(axis.End), $"{axis}");
            Assert.True(!axis.IsLogarithmic || axis.Start > 0, $"{axis}");
            Assert.Equal(scores.Count(double.IsFinite), axis.Count(scores).Sum());
            if (double.IsFinite(threshold) && !axis.IsLogarithmic)
                Assert.InRange(threshold, axis.Start, axis.End);
        }
    }

    [Fact]
    public void Scores_far_from_the_usual_ones_make_it_logarithmic()
    {
        double[] usual = [1, 2, 3, 4, 5];
        Assert.False(ScoreAxis.Of([.. usual, 50], usual, 6).IsLogarithmic);
        var axis = ScoreAxis.Of([.. usual, 5000], usual, 6);
        Assert.Equal(new ScoreAxis(true, 1, 5000), axis);
        Assert.Equal((1, 1), (axis.Count([1])[0], axis.Count([5000])[^1]));
        Assert.Equal(1, axis.Count([Math.Sqrt(5000)])[ScoreAxis.Bars / 2]);
    }
}
