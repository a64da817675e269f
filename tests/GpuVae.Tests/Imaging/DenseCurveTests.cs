using GpuVae.Imaging;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.Imaging;

public sealed class DenseCurveTests
{
    [Fact]
    public void Each_column_is_inked_from_its_least_number_to_its_greatest_without_open_steps()
    {
        Assert.Equal(
            [(0, 1f, 3f), (1, 2f, 9f), (2, -4f, 7f)],
            DenseCurve.Bars([1, 3, 2, /**/ 9, 8, 7, /**/ -4, -3, -2], columns: 3));
        // Eleven numbers in three columns: 3, 4 and 4 of them.
        Assert.Equal([(0, 0f, 2f), (1, 2f, 6f), (2, 6f, 10f)],
            DenseCurve.Bars([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], columns: 3));
    }

    [Fact]
    public void Numbers_that_are_missing_leave_a_gap() =>
        Assert.Equal(
            [(0, 1f, 1f), (2, 5f, 6f), (3, 6f, 8f)],
            DenseCurve.Bars(
                [1, 1, float.NaN, /**/ float.NaN, float.NaN, float.NaN, /**/ 5, float.PositiveInfinity, 6, /**/ 7, 8, 8],
                columns: 4));

    [Fact]
    public void Only_series_with_several_numbers_for_a_pixel_are_drawn_so()
    {
        Assert.False(DenseCurve.IsNeeded(140, 135));
        Assert.False(DenseCurve.IsNeeded(270, 135));
        Assert.True(DenseCurve.IsNeeded(271, 135));
        Assert.False(DenseCurve.IsNeeded(int.MaxValue, 1 << 30));
    }

    [Fact]
    public void A_single_number_that_stands_out_of_thousands_is_seen()
    {
        float[] series = new float[2 * 8000];
        series[3000] = 1;
        using SKBitmap picture = SKBitmap.Decode(SeriesPlot.Overlay(series, new PictureLabels { Versions = ["original", "reconstruction"] }, 2, 1, 8000));
        var ink = new SKColor(0x33, 0x33, 0x33);
        int[] heights =
        [
            .. Enumerable.Range(0, picture.Width)
                .Select(x => Enumerable.Range(0, picture.Height).Count(y => picture.GetPixel(x, y) == ink)),
        ];
        int spike = Array.IndexOf(heights, heights.Max());
        Assert.InRange(heights[spike], 60, picture.Height);
        Assert.Equal(0.05 + (0.9 * 3000 / 8000), (double)spike / picture.Width, 0.04);
        // The reconstruction is level: a line of a pixel over the whole curve.
        var second = new SKColor(0xd9, 0x5f, 0x02);
        Assert.InRange(picture.Pixels.Count(pixel => pixel == second), 0.85 * picture.Width, 1.2 * picture.Width);
    }
}
