using GpuVae.Evaluation;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class PixelQualityTests
{
    /// <summary>
    /// Ten pixels, of which two regions have two and one: at the thresholds 9, 8, 7 … the overlap is 1/4, 1/4, 3/4, 1 and the
    /// false-positive rate 0, 1/7, 1/7, 1/7. Up to 0.3 the area is ½·(¼+¼)/7 for the step at 8 and the rest at 1.
    /// </summary>
    [Fact]
    public void Areas_are_those_that_a_person_computes()
    {
        float[] scores = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
        int[] regions = [1, 0, 2, 1, 0, 0, 0, 0, 0, 0];
        PixelQuality quality = PixelQuality.Of(scores, regions);
        // Of 21 pairs of a defective and a normal pixel two are the wrong way round.
        Assert.Equal(19.0 / 21, quality.RocAuc, 1e-15);
        Assert.Equal((((0.25 * 1) / 7) + (1.0 * (0.3 - (1.0 / 7)))) / 0.3, quality.Pro, 1e-15);
        Assert.Equal(2, quality.Regions);
    }

    [Fact]
    public void Equal_scores_are_one_step_whose_curve_is_straight()
    {
        PixelQuality quality = PixelQuality.Of([1, 1, 1, 1], [0, 1, 0, 0]);
        Assert.Equal(0.5, quality.RocAuc, 1e-15);
        // The line from (0, 0) to (1, 1) up to 0.3 has 0.045 below it.
        Assert.Equal(0.15, quality.Pro, 1e-15);
    }

    [Theory]
    [InlineData(1, 1, 7)]
    [InlineData(3, 5, 4)]
    [InlineData(17, 31, 6)]
    [InlineData(64, 33, 2)]
    public void Areas_agree_with_every_threshold_in_turn(int height, int width, int pictures)
    {
        var random = new Random(height);
        int pixels = height * width, found = 0;
        var scores = new float[pictures * pixels];
        var regions = new int[scores.Length];
        for (int picture = 0; picture < pictures; picture++)
        {
            bool[] mask = [.. Enumerable.Range(0, pixels).Select(_ => random.Next(6) == 0)];
            mask[0] = picture == 0; // one kind of pixel alone has no area
            mask[^1] &= picture != 1;
            found += PixelQuality.Label(mask, height, width, found, regions.AsSpan(picture * pixels, pixels));
        }
        // Of few values, so that there are ties.
        for (int i = 0; i < scores.Length; i++)
            scores[i] = random.Next(8) + (regions[i] > 0 ? random.Next(3) : 0) == 9 ? float.PositiveInfinity : random.Next(8);
        (double auc, double pro) = ByEveryThreshold(scores, regions);
        PixelQuality quality = PixelQuality.Of([.. scores], [.. regions]);
        Assert.Equal(auc, quality.RocAuc, 1e-12);
        Assert.Equal(pro, quality.Pro, 1e-12);
        Assert.Equal(found, quality.Regions);
    }

    [Fact]
    public void Regions_touch_at_corners_and_not_over_the_edge()
    {
        bool[] mask =
        [
            true, false, false, true,
            false, true, false, true,
            false, false, false, false,
            true, true, false, true,
        ];
        var regions = new int[mask.Length];
        Assert.Equal(4, PixelQuality.Label(mask, 4, 4, before: 5, regions));
        Assert.Equal([6, 0, 0, 7, 0, 6, 0, 7, 0, 0, 0, 0, 8, 8, 0, 9], regions);
    }

    [Fact]
    public void One_kind_of_pixel_has_no_area_and_nan_no_place()
    {
        Assert.True(double.IsNaN(PixelQuality.Of([1, 2], [0, 0]).Pro));
        Assert.True(double.IsNaN(PixelQuality.Of([1, 2], [1, 1]).RocAuc));
        Assert.Throws<ArgumentException>(() => PixelQuality.Of([1, float.NaN], [0, 1]));
        Assert.Throws<ArgumentException>(() => PixelQuality.Of([1], [0, 1]));
    }

    private static (double Auc, double Pro) ByEveryThreshold(float[] scores, int[] regions)
    {
        int[] all = [.. regions.Where(region => region > 0).Distinct()];
        double normal = regions.Count(region => region == 0), defective = regions.Length - normal;
        List<(double Rate, double Hits, double Overlap)> curve = [(0, 0, 0)];
        foreach (float threshold in scores.Distinct().OrderDescending())
        {
            curve.Add((
                Enumerable.Range(0, scores.Length).Count(i => regions[i] == 0 && scores[i] >= threshold) / normal,
                Enumerable.Range(0, scores.Length).Count(i => regions[i] > 0 && scores[i] >= threshold) / defective,
                all.Average(region => Enumerable.Range(0, scores.Length).Count(i => regions[i] == region && scores[i] >= threshold)
                    / (double)regions.Count(other => other == region))));
        }
        double auc = 0, pro = 0;
        foreach (((double Rate, double Hits, double Overlap) one, (double Rate, double Hits, double Overlap) next) in curve.Zip(curve.Skip(1)))
        {
            auc += (next.Rate - one.Rate) * (one.Hits + next.Hits) / 2;
            double end = Math.Min(next.Rate, PixelQuality.MostFalsePositives);
            if (end <= one.Rate)
                continue;
            double at = one.Overlap + ((next.Overlap - one.Overlap) * (end - one.Rate) / (next.Rate - one.Rate));
            pro += (end - one.Rate) * (one.Overlap + at) / 2;
        }
        return (auc, pro / PixelQuality.MostFalsePositives);
    }
}
