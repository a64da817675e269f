using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Imaging;

public sealed class LossPlotTests : IDisposable
{
    // The luma of #1f77b4 and of #d95f02, the colours of the curves.
    private static readonly byte[] _curveShades = [100, 121];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(100)]
    public void Both_curves_are_drawn(int epochs)
    {
        string path = _folder.File("loss.png");
        IEnumerable<int> numbers = Enumerable.Range(1, epochs);
        LossPlot.Write(path, [.. numbers.Select(epoch => new LossPoint(epoch, 100 + (60.0 / epoch), 104 + (40.0 / epoch)))]);
        RasterImage plot = Png.Read(path);
        Assert.Equal((900, 540), (plot.Width, plot.Height));
        Assert.All(_curveShades, shade => Assert.InRange(plot.Pixels.Count(pixel => pixel == shade), 40, 20_000));
    }

    [Fact]
    public void A_loss_that_is_not_finite_has_no_point()
    {
        string finite = _folder.File("finite.png");
        string diverged = _folder.File("diverged.png");
        LossPlot.Write(finite, [new(1, 120, 110)]);
        LossPlot.Write(diverged, [new(1, 120, 110), new(2, double.NaN, double.PositiveInfinity)]);
        int Points(string path) => Png.Read(path).Pixels.Count(_curveShades.Contains);
        // A line to a second point would be hundreds of pixels long.
        Assert.InRange(Points(diverged), Points(finite) - 20, Points(finite) + 20);
    }

    [Fact]
    public void The_axis_says_what_losses_are_counted_in()
    {
        string images = _folder.File("images.png"), rows = _folder.File("rows.png");
        LossPlot.Write(images, [new(1, 120, 110)]);
        LossPlot.Write(rows, [new(1, 120, 110)], "nats per example");
        Assert.NotEqual(Png.Read(images).Pixels, Png.Read(rows).Pixels);
    }

    [Fact]
    public void No_epochs_are_refused() =>
        Assert.Throws<ArgumentException>(() => LossPlot.Write(_folder.File("loss.png"), []));

    public void Dispose() => _folder.Dispose();
}
