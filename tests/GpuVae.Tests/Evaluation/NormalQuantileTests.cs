using GpuVae.Evaluation;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class NormalQuantileTests
{
    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.75, 0.67448975019608174)]
    [InlineData(0.95, 1.6448536269514722)]
    [InlineData(0.975, 1.9599639845400545)]
    [InlineData(0.99, 2.3263478740408408)]
    [InlineData(0.001, -3.0902323061678132)]
    [InlineData(1e-10, -6.3613409024040557)]
    [InlineData(1e-20, -9.2623400897984077)]
    public void Quantiles_are_those_of_the_tables(double probability, double expected) =>
        Assert.Equal(expected, NormalQuantile.At(probability), 1e-13 * Math.Max(1, Math.Abs(expected)));

    [Fact]
    public void Quantiles_are_symmetric_and_join_where_the_formulas_change()
    {
        for (double p = 0.01; p < 0.5; p += 0.01)
            Assert.Equal(-NormalQuantile.At(p), NormalQuantile.At(1 - p), 1e-13);
        Assert.Equal(NormalQuantile.At(0.075 - 1e-12), NormalQuantile.At(0.075 + 1e-12), 1e-10);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(double.NaN)]
    public void Probability_outside_zero_to_one_is_refused(double probability) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => NormalQuantile.At(probability));
}
