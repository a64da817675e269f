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
    public void No_scores_and_four_kinds_are_refused()
    {
        string path = _folder.File("scores.png");
        Assert.Throws<ArgumentException>(() => ScoreHistogram.Write(path, [new("none", [])], 0, "nats"));
        var one = new ScoreSeries("one", [1]);
        Assert.Throws<ArgumentException>(() => ScoreHistogram.Write(path, [one, one, one, one], 0, "nats"));
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

    /// <summary>
    /// Linear RGB to the same, as it is without a kind of cones (Machado, Oliveira and Fernandes 2009), and with all.
    /// </summary>
    public static TheoryData<double[]> Sights =>
    [
        new double[] { 0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998 },
        new double[] { 0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881 },
        new double[] { 1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900 },
        new double[] { 1, 0, 0, 0, 1, 0, 0, 0, 1 },
    ];

    [Theory]
    [MemberData(nameof(Sights))]
    public void Colours_of_ten_classes_are_told_apart_by_everybody(double[] sight)
    {
        // In CIELAB a difference of about 2 is just seen; the common palettes come down to 5 for some people.
        double[][] seen = [.. Enumerable.Range(0, 10).Select(i => ToLab(CodeScatter.MarkOf(i).Color, sight))];
        for (int i = 0; i < seen.Length; i++)
        {
            for (int j = 0; j < i; j++)
                Assert.InRange(Math.Sqrt(seen[i].Zip(seen[j], (a, b) => (a - b) * (a - b)).Sum()), 15, 200);
        }
    }

    [Fact]
    public void Classes_differ_in_colour_or_shape()
    {
        var marks = Enumerable.Range(0, 70).Select(CodeScatter.MarkOf).ToList();
        Assert.Equal(70, marks.Distinct().Count());
        for (int i = 1; i < marks.Count; i++)
            Assert.True(marks[i].Color != marks[i - 1].Color && marks[i].Shape != marks[i - 1].Shape);
    }

    [Fact]
    public void Plots_say_what_they_are()
    {
        // What is dark within the first thirty rows of pixels, above the axes.
        int TitleInk(string path)
        {
            RasterImage plot = Png.Read(path);
            return plot.Pixels.AsSpan(0, 30 * plot.Width).ToArray().Count(pixel => pixel < 128);
        }

        string[] paths = [.. ((string[])["loss.png", "curve.png", "scores.png", "codes.png"]).Select(_folder.File)];
        LossPlot.Write(paths[0], [new(1, 120, 110), new(2, 100, 99)]);
        RetrievalPlot.Write(paths[1], "learned", [(0.4, 0.95), (1, 0.1)], "random", [(0.2, 0.4), (1, 0.1)]);
        ScoreHistogram.Write(paths[2], [new("all", [0, 1, 2])], threshold: 1, "nats per example");
        CodeScatter.Write(paths[3], ([0, 1, 2], [0, 1, 2]), [0, 1, 0], ["cat", "dog"], ("unit 0", "unit 1"));
        Assert.All(paths, path => Assert.InRange(TitleInk(path), 100, 5000));
    }

    public void Dispose() => _folder.Dispose();

    private static double[] ToLab(ScottPlot.Color color, double[] sight)
    {
        double[] linear = Array.ConvertAll<byte, double>(
            [color.R, color.G, color.B],
            value => value <= 10 ? value / 255.0 / 12.92 : Math.Pow(((value / 255.0) + 0.055) / 1.055, 2.4));
        double[] seen = Array.ConvertAll(Multiply(sight, linear), value => Math.Clamp(value, 0, 1));
        double[] xyz = Multiply(
            [0.4124564, 0.3575761, 0.1804375, 0.2126729, 0.7151522, 0.0721750, 0.0193339, 0.1191920, 0.9503041], seen);
        double[] f = [.. xyz.Zip((double[])[0.95047, 1, 1.08883], (value, white) => value / white)
            .Select(value => value > 0.008856 ? Math.Cbrt(value) : (7.787 * value) + (16.0 / 116))];
        return [(116 * f[1]) - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])];
    }

    private static double[] Multiply(double[] matrix, double[] vector) =>
        [.. matrix.Chunk(3).Select(row => row.Zip(vector, (factor, value) => factor * value).Sum())];
}
