using GpuVae.Evaluation;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class CodeGridsTests
{
    [Fact]
    public void The_prior_gives_the_same_first_codes_however_many_are_drawn()
    {
        float[] few = CodeGrids.PriorSamples(3, units: 5, seed: 9);
        float[] many = CodeGrids.PriorSamples(2000, units: 5, seed: 9);
        Assert.Equal(few, many[..15]);
        Assert.NotEqual(few, CodeGrids.PriorSamples(3, units: 5, seed: 10));
        Assert.InRange(many.Average(), -0.05, 0.05);
        Assert.InRange(many.Average(value => value * value), 0.95, 1.05);
    }

    [Fact]
    public void A_line_has_both_ends_and_equal_steps()
    {
        float[] codes = CodeGrids.LinearInterpolation([0, 10], [4, -10], steps: 5);
        Assert.Equal([0, 10, 1, 5, 2, 0, 3, -5, 4, -10], codes);
    }

    [Fact]
    public void A_great_circle_keeps_the_length_and_turns_by_equal_angles()
    {
        float[] codes = CodeGrids.SphericalInterpolation([3, 0, 0], [0, 0, 3], steps: 4);
        for (int step = 0; step < 4; step++)
        {
            double angle = Math.PI / 2 * step / 3;
            Assert.Equal(3 * Math.Cos(angle), codes[3 * step], 1e-6);
            Assert.Equal(0, codes[(3 * step) + 1]);
            Assert.Equal(3 * Math.Sin(angle), codes[(3 * step) + 2], 1e-6);
        }
    }

    [Theory]
    [InlineData(1f, 2f, 2f, 4f)]
    [InlineData(1f, 2f, -1f, -2f)]
    [InlineData(0f, 0f, 1f, 1f)]
    public void A_great_circle_without_an_angle_is_a_line(float a0, float a1, float b0, float b1) =>
        Assert.Equal(
            CodeGrids.LinearInterpolation([a0, a1], [b0, b1], steps: 7), CodeGrids.SphericalInterpolation([a0, a1], [b0, b1], steps: 7));

    [Fact]
    public void A_traversal_moves_one_unit_in_each_row()
    {
        float[] codes = CodeGrids.Traversal([7, 8, 9], [2, 0], unit => [unit, unit + 1]);
        Assert.Equal([7, 8, 2, 7, 8, 3, 0, 8, 9, 1, 8, 9], codes);
    }

    [Fact]
    public void A_plane_grows_to_the_right_and_upwards()
    {
        float[] codes = CodeGrids.Plane([5, 5, 5], right: 2, up: 0, [1, 2, 3], [10, 20]);
        Assert.Equal([20, 5, 1, 20, 5, 2, 20, 5, 3, 10, 5, 1, 10, 5, 2, 10, 5, 3], codes);
    }

    [Fact]
    public void Quantiles_run_from_five_to_ninety_five_percent()
    {
        float[] normal = CodeGrids.NormalQuantiles(3);
        Assert.Equal(-1.644854, normal[0], 1e-5);
        Assert.Equal(0, normal[1], 1e-6);
        Assert.Equal(1.644854, normal[2], 1e-5);

        float[] counted = CodeGrids.Quantiles(Enumerable.Range(0, 101).Reverse().Select(i => (float)i), 4);
        Assert.Equal([5, 35, 65, 95], counted);
        Assert.Equal([3, 3], CodeGrids.Quantiles([3], 2));
    }
}
