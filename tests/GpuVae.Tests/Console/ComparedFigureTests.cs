using GpuVae.CommandLine;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Figures of several runs have decimals in common, and their differences as many.</summary>
public sealed class ComparedFigureTests
{
    [Theory]
    [InlineData("test_loss", new[] { 541.4812, 539.4449, 541.4813 }, "541.48 539.44 541.48", "−2.04 0.00")]
    [InlineData("kl", new[] { 0.137795, 16.0675 }, "0.14 16.07", "+15.93")]
    [InlineData("reconstruction", new[] { -1.5, -3.25 }, "-1.50 -3.25", "−1.75")]
    [InlineData("train_loss", new[] { 1.5e9, 2e9 }, "1.5E+9 2E+9", "+5E+8")]
    [InlineData("bits_per_dimension", new[] { 1.5, 1.50004 }, "1.5000 1.5000", "0.0000")]
    [InlineData("ssim", new[] { 0.5, 0.51234567 }, "0.5000 0.5123", "+0.0123")]
    [InlineData("learning_rate", new[] { 1e-3, 5e-4, 1e-3 }, "0.0010 0.0005 0.0010", "−0.0005 0.0000")]
    [InlineData("learning_rate", new[] { 1e-3, 8.3421e-4 }, "0.0010000 0.0008342", "−0.0001658")]
    [InlineData("active_units", new[] { 2.0, 10 }, "2 10", "+8")]
    [InlineData("gradient_norm", new[] { 12.345, 123.456 }, "12.35 123.46", "+111.11")]
    [InlineData("effective_beta", new[] { 0.0, 0.0 }, "0 0", "0")]
    public void Differences_have_as_many_decimals_as_figures(string name, double[] values, string shown, string differences)
    {
        var figure = new ComparedFigure(name, Array.ConvertAll(values, value => (double?)value));
        Assert.Equal(shown, string.Join(' ', figure.Values));
        Assert.Equal(differences, string.Join(' ', figure.Differences));
    }

    [Fact]
    public void What_is_missing_has_no_difference()
    {
        var figure = new ComparedFigure("kl", [null, 1.5, double.NaN]);
        Assert.Equal(["–", "1.50", "NaN"], figure.Values);
        Assert.Equal(["–", "–"], figure.Differences);
    }
}
