using GpuVae.Evaluation;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class HeatSmoothingTests
{
    /// <summary>Each pixel is the sum of all others by the weights of their distance, over mirrored edges.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 200)]
    [InlineData(130, 3)]
    [InlineData(67, 129)]
    public void It_is_the_sum_that_its_formula_says(int height, int width)
    {
        var random = new Random(height);
        float[] heat = [.. Enumerable.Range(0, height * width).Select(_ => random.Next(9) == 0 ? random.NextSingle() : 0)];
        float[] smoothed = [.. heat];
        HeatSmoothing.Apply(smoothed, height, width);

        double deviation = Math.Max(height, width) / 64.0;
        int reach = (int)Math.Round(4 * deviation);
        double Weight(int distance) => Math.Exp(-distance * distance / (2 * deviation * deviation));
        double whole = Enumerable.Range(-reach, (2 * reach) + 1).Sum(Weight);
        foreach (int pixel in Enumerable.Range(0, heat.Length).Where(i => i % 97 == 0 || i == heat.Length - 1))
        {
            double sum = 0;
            for (int down = -reach; down <= reach; down++)
            {
                for (int right = -reach; right <= reach; right++)
                {
                    int y = Reflected((pixel / width) + down, height), x = Reflected((pixel % width) + right, width);
                    sum += Weight(down) * Weight(right) / (whole * whole) * heat[(y * width) + x];
                }
            }
            Assert.Equal(sum, smoothed[pixel], 1e-6);
        }
    }

    [Fact]
    public void Even_heat_stays_even_and_none_is_lost()
    {
        float[] even = [.. Enumerable.Repeat(3f, 100 * 140)], point = new float[100 * 140];
        HeatSmoothing.Apply(even, 100, 140);
        Assert.All(even, heat => Assert.Equal(3, heat, 1e-5));
        point[(50 * 140) + 70] = 8;
        HeatSmoothing.Apply(point, 100, 140);
        Assert.Equal(8, point.Sum(heat => (double)heat), 1e-5);
        Assert.Equal(point[(50 * 140) + 68], point[(52 * 140) + 70], 1e-7);
        Assert.True(point[(50 * 140) + 70] > point[(50 * 140) + 71]);
    }

    [Fact]
    public void An_impossible_pixel_stays_hottest_and_does_not_make_others_unknown()
    {
        var heat = new float[64 * 64];
        heat[0] = float.PositiveInfinity;
        HeatSmoothing.Apply(heat, 64, 64);
        Assert.Equal(float.PositiveInfinity, heat[0]);
        Assert.Equal(0, heat[^1]);
        Assert.DoesNotContain(heat, float.IsNaN);
        Assert.Throws<ArgumentException>(() => HeatSmoothing.Apply(new float[5], 2, 3));
    }

    private static int Reflected(int place, int length)
    {
        while (place < 0 || place >= length)
            place = place < 0 ? -1 - place : (2 * length) - 1 - place;
        return place;
    }
}
