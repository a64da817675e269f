using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Imaging;

public sealed class UsePlotTests : IDisposable
{
    // The luma of #1f77b4 and of #d95f02, the colours of the two outlines or curves.
    private const byte FirstShade = 100;
    private const byte SecondShade = 121;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_histogram_shows_both_kinds()
    {
        string path = _folder.File("scores.png");
        var random = new Random(1);
        double[] normal = [.. Enumerable.Range(0, 300).Select(_ => 10 + random.NextDouble() + random.NextDouble())];
        double[] anomalous = [.. Enumerable.Range(0, 200).Select(_ => 11 + (3 * random.NextDouble()))];
        ScoreHistogram.Write(
            path, [new("normal", normal), new("anomalous", anomalous)], threshold: 11.8, "nats per example");
        RasterImage plot = Png.Read(path);
        Assert.InRange(plot.Pixels.Count(pixel => pixel == FirstShade), 100, 20_000);
        Assert.InRange(plot.Pixels.Count(pixel => pixel == SecondShade), 100, 20_000);
    }

    [Fact]
    public void Scores_that_are_all_the_same_are_one_bar()
    {
        string path = _folder.File("scores.png");
        ScoreHistogram.Write(path, [new("all", [0, 0, 0])], threshold: 5, "nats per example");
        Assert.Contains(FirstShade, Png.Read(path).Pixels);
    }

    [Fact]
    public void Infinite_scores_are_counted_beside_those_that_are_drawn()
    {
        const double Infinity = double.PositiveInfinity;
        string with = _folder.File("with.png"), without = _folder.File("without.png"), none = _folder.File("none.png");
        ScoreHistogram.Write(without, [new("all", [1, 2, 3])], threshold: 2.5, "nats per example");
        ScoreHistogram.Write(with, [new("all", [1, 2, Infinity, 3])], threshold: 2.5, "nats per example");
        RasterImage plain = Png.Read(without), counted = Png.Read(with);
        // The bars are the same, and the legend is longer.
        Assert.Equal(
            plain.Pixels[(plain.Width * plain.Height / 2)..], counted.Pixels[(plain.Width * plain.Height / 2)..]);
        Assert.NotEqual(plain.Pixels, counted.Pixels);
        ScoreHistogram.Write(none, [new("all", [Infinity])], threshold: Infinity, "nats per example");
        Assert.Equal(plain.Width, Png.Read(none).Width);
    }

    [Fact]
    public void No_scores_and_three_kinds_are_refused()
    {
        string path = _folder.File("scores.png");
        Assert.Throws<ArgumentException>(() => ScoreHistogram.Write(path, [new("none", [])], 0, "nats"));
        var one = new ScoreSeries("one", [1]);
        Assert.Throws<ArgumentException>(() => ScoreHistogram.Write(path, [one, one, one], 0, "nats"));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Both_curves_of_precision_and_recall_are_drawn_and_points_of_nothing_left_out()
    {
        string path = _folder.File("curve.png");
        (double Recall, double Precision)[] learned = [(0, double.NaN), (0.4, 0.95), (0.7, 0.8), (1, 0.1)];
        (double Recall, double Precision)[] random = [(0.01, 0.6), (0.2, 0.4), (0.6, 0.2), (1, 0.1)];
        RetrievalPlot.Write(path, "learned", learned, "random hyperplanes", random);
        RasterImage plot = Png.Read(path);
        Assert.InRange(plot.Pixels.Count(pixel => pixel == FirstShade), 100, 20_000);
        Assert.InRange(plot.Pixels.Count(pixel => pixel == SecondShade), 100, 20_000);
    }

    public void Dispose() => _folder.Dispose();
}
