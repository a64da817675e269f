using GpuVae.Evaluation;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class RandomHyperplanesTests
{
    [Fact]
    public void A_seed_gives_the_same_hyperplanes_and_another_seed_others()
    {
        float[] normals = RandomHyperplanes.Normals(3, 5, seed: 1);
        Assert.Equal(15, normals.Length);
        Assert.Equal(normals, RandomHyperplanes.Normals(3, 5, seed: 1));
        Assert.NotEqual(normals, RandomHyperplanes.Normals(3, 5, seed: 2));
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(0.75)]
    public void Points_at_an_angle_differ_in_its_share_of_the_bits(double share)
    {
        // 20,000 bits: a share of ½ has a deviation of 0.0035.
        const int bits = 20_000;
        float[] normals = RandomHyperplanes.Normals(bits, 2, seed: 7);
        float x = MathF.Cos((float)(share * Math.PI)), y = MathF.Sin((float)(share * Math.PI));
        int differing = Enumerable.Range(0, bits).Count(
            bit => normals[2 * bit] > 0 != ((normals[2 * bit] * x) + (normals[(2 * bit) + 1] * y) > 0));
        Assert.Equal(share, (double)differing / bits, 0.015);
    }

    [Fact]
    public void Offsets_put_the_hyperplanes_through_the_center()
    {
        float[] offsets = RandomHyperplanes.Offsets([1, 2, 3, -1, 0.5f, 4], [0.5, 1, -1]);
        Assert.Equal([-(0.5f + 2 - 3), -(-0.5f + 0.5f - 4)], offsets);
        Assert.Throws<ArgumentException>(() => RandomHyperplanes.Offsets([1, 2, 3], [0.5, 1]));
    }
}
