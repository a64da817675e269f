using GpuVae.Imaging;
using GpuVae.Tests.Support;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.Imaging;

/// <summary>What a plot of a sweep shows where runs did not come to their end.</summary>
public sealed class SweepPlotTests : IDisposable
{
    private static readonly SKColor _first = SKColor.Parse("#0072b2"), _second = SKColor.Parse("#d55e00");

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Runs_that_ended_early_are_rings_with_their_names_in_the_legend()
    {
        using SKBitmap whole = Plot(("1e-3", true, 1), ("1e-2", true, 2));
        using SKBitmap early = Plot(("1e-3", false, 1), ("1e-2", true, 2));
        using SKBitmap rings = Plot(("1e-3", false, 1), ("1e-2", false, 2));
        foreach (SKBitmap picture in (SKBitmap[])[whole, early, rings])
        {
            // In the plot and in the legend at its right.
            Assert.All((SKColor[])[_first, _second], color => Assert.InRange(Count(picture, color, 0, 760), 5, 5000));
            Assert.All((SKColor[])[_first, _second], color => Assert.InRange(Count(picture, color, 760, picture.Width), 5, 5000));
        }
    }

    [Fact]
    public void Runs_without_a_figure_leave_the_axes()
    {
        using SKBitmap picture = Plot(("1e-3", false, double.NaN), ("1e-2", false, double.NaN));
        Assert.InRange(picture.Pixels.Distinct().Count(), 10, int.MaxValue);
    }

    public void Dispose() => _folder.Dispose();

    private SKBitmap Plot(params (string Name, bool IsWhole, double Loss)[] series)
    {
        string path = _folder.File($"{Guid.NewGuid():N}.png");
        SweepPlot.Write(
            path, "hidden", ["8", "32"], isScale: true,
            [.. series.Select(line => (
                line.Name,
                (IReadOnlyList<IReadOnlyList<SweepFigure>>)[[new SweepFigure(line.Loss, line.IsWhole)], [new SweepFigure(line.Loss + 0.5, line.IsWhole)]]))],
            "Test loss", "nats per image", ["rings are runs that ended early"]);
        return SKBitmap.Decode(path);
    }

    private static int Count(SKBitmap picture, SKColor color, int left, int right) => Enumerable.Range(0, picture.Height)
        .Sum(y => Enumerable.Range(left, right - left).Count(x => IsNear(picture.GetPixel(x, y), color)));

    // The edge of a ring is a little of what is behind it.
    private static bool IsNear(SKColor one, SKColor other) =>
        Math.Abs(one.Red - other.Red) + Math.Abs(one.Green - other.Green) + Math.Abs(one.Blue - other.Blue) < 150;
}
