using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Imaging;

/// <summary>Errors over sizes of any range.</summary>
public sealed class RateDistortionPlotTests
{
    [Theory]
    [InlineData(4, 1000, "5 10 20 50 100 200 500 1000")]
    [InlineData(0.78, 1.7, "0.8 0.9 1")]
    [InlineData(0.61, 0.68, "0.62 0.64 0.66 0.68")]
    [InlineData(1.6e-9, 6e-8, "2E-9 5E-9 1E-8 2E-8 5E-8")]
    [InlineData(0.000011, 0.00003, "0.000015 0.00002 0.000025 0.00003")]
    [InlineData(3e7, 6e8, "5E7 1E8 2E8 5E8")]
    [InlineData(0.05, 0.05, "0.05")]
    public void An_axis_has_ticks_that_are_told_apart(double least, double most, string expected)
    {
        (double[] places, string[] labels) = RateDistortionPlot.Ticks(Math.Log10(least), Math.Log10(most));
        Assert.Equal(
            expected, string.Join(' ', labels.Where((_, i) => places[i] >= Math.Log10(least) - 1e-12 && places[i] <= Math.Log10(most) + 1e-12)));
        Assert.Equal(labels.Length, labels.Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void Curves_of_any_length_are_drawn(int points)
    {
        using var folder = new TemporaryFolder();
        RateDistortionPlot.Write(
            folder.File("p.png"), "Error over size", "image", "mean squared error",
            [("one", [.. Enumerable.Range(1, points).Select(i => (8.0 * i, 0.1 / i))]), ("none", [(0, 0.5), (4, 0)])]);
        Assert.Equal(900, Png.Read(folder.File("p.png")).Width);
    }
}
