using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Pictures that are flipped and moved as a batch is gathered.</summary>
[Collection(nameof(TestDevices))]
public sealed class GatherAugmentedTests(TestDevices devices)
{
    private static readonly RandomSource _moves = new(5, RandomPurpose.TrainingAugmentation);

    public static MatrixTheoryData<string, int> NamesAndChannels =>
        new(TestDevices.Names.Select(row => row.Data), [1, 3]);

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Moved_pictures_agree_with_the_reference(string device) =>
        OperationChecks.Check(devices.Open(device), nameof(GatherAugmented<>));

    [Fact]
    public void Reference_repeats_the_edge_for_what_comes_in()
    {
        using var reference = new ReferenceDevice();
        string[] seen = Versions(reference, [1, 2, 3], new Shape(1, 3, 1), new Augmentation(1, false, false));
        Assert.Equal(["1 1 2", "1 2 3", "2 3 3"], seen);
        seen = Versions(reference, [1, 2, 3, 4, 5, 6], new Shape(3, 1, 2), new Augmentation(1, false, false));
        Assert.Equal(["1 2 1 2 3 4", "1 2 3 4 5 6", "3 4 5 6 5 6"], seen);
    }

    [Fact]
    public void Reference_flips_pixels_and_leaves_their_channels_as_they_are()
    {
        using var reference = new ReferenceDevice();
        float[] picture = [1, 2, 3, 4, 5, 6, 7, 8];
        var shape = new Shape(2, 2, 2);
        Assert.Equal(["1 2 3 4 5 6 7 8", "3 4 1 2 7 8 5 6"], Versions(reference, picture, shape, new Augmentation(0, true, false)));
        Assert.Equal(["1 2 3 4 5 6 7 8", "5 6 7 8 1 2 3 4"], Versions(reference, picture, shape, new Augmentation(0, false, true)));
        Assert.Equal(4, Versions(reference, picture, shape, new Augmentation(0, true, true)).Length);
    }

    /// <summary>All ways to flip and to move are as likely, whatever the others are: χ² over all of them together.</summary>
    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Every_flip_comes_with_every_move_as_often(string name)
    {
        const int Rows = 128, Steps = 80, Side = 7, Shift = 2, Ways = 2 * 2 * 5 * 5;
        IDevice device = devices.Open(name);
        // A bright pixel in the middle, a darker one at its right and a darker one below.
        var picture = new float[Side * Side];
        (picture[24], picture[25], picture[31]) = (1, 0.5f, 0.25f);
        var counts = new Dictionary<(int Right, int Down, bool Flip, bool FlipVertical), int>();
        for (int step = 0; step < Steps; step++)
        {
            float[] x = Gather(device, picture, Rows, new Shape(Side, Side, 1), new Augmentation(Shift, true, true), step);
            foreach (float[] moved in x.Chunk(Side * Side))
            {
                int middle = Array.IndexOf(moved, 1f);
                int right = Array.IndexOf(moved, 0.5f), below = Array.IndexOf(moved, 0.25f);
                Assert.Equal((1, Side), (Math.Abs(right - middle), Math.Abs(below - middle)));
                var way = ((middle % Side) - 3, (middle / Side) - 3, right < middle, below < middle);
                counts[way] = counts.GetValueOrDefault(way) + 1;
            }
        }
        Assert.Equal(Ways, counts.Count);
        const double Expected = (double)Rows * Steps / Ways;
        double chiSquare = counts.Values.Sum(count => (count - Expected) * (count - Expected) / Expected);
        double fiveDeviations = 5 * Math.Sqrt(2.0 * (Ways - 1));
        Assert.InRange(chiSquare, Ways - 1 - fiveDeviations, Ways - 1 + fiveDeviations);
    }

    [Theory]
    [MemberData(nameof(NamesAndChannels))]
    public void Flip_of_a_flip_is_the_picture(string name, int channels)
    {
        const int Rows = 24;
        IDevice device = devices.Open(name);
        foreach ((int height, int width) in ((int, int)[])[(1, 1), (3, 5), (4, 2), (1, 16)])
        {
            var shape = new Shape(height, width, channels);
            float[] picture = [.. Enumerable.Range(1, shape.Size).Select(i => (float)i)];
            float[] pictures = [.. Enumerable.Repeat(picture, Rows).SelectMany(one => one)];
            var both = new Augmentation(0, true, true);
            float[] once = GatherEach(device, pictures, shape, both);
            Assert.Equal(height * width == 1, pictures.AsSpan().SequenceEqual(once));
            Assert.Equal(pictures, GatherEach(device, once, shape, both));
        }
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void What_is_drawn_depends_on_the_global_step_and_the_row_alone(string name)
    {
        IDevice device = devices.Open(name);
        var shape = new Shape(5, 4, 1);
        float[] picture = [.. Enumerable.Range(0, shape.Size).Select(i => (float)i)];
        float[] Draw(int rows, int step) => Gather(device, picture, rows, shape, new Augmentation(2, true, false), step);

        float[] draw = Draw(40, 9);
        Assert.Equal(draw[..(13 * shape.Size)], Draw(13, 9));
        Assert.NotEqual(draw, Draw(40, 10));
    }

    /// <summary>A pixel that comes in from outside is a pixel of the picture, which binarisation draws for itself.</summary>
    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Pixels_are_drawn_behind_the_move(string name)
    {
        IDevice device = devices.Open(name);
        var shape = new Shape(1, 400, 1);
        float[] grey = [.. Enumerable.Repeat(0.5f, shape.Size)];
        float[] moved = Gather(device, grey, 8, shape, new Augmentation(399, true, false), 3, PixelEncoding.Resampled);
        float[] still = Gather(device, grey, 8, shape, default, 3, PixelEncoding.Resampled);
        Assert.Equal(still, moved);
    }

    private static string[] Versions(IDevice device, float[] picture, Shape shape, Augmentation augmentation) =>
    [
        .. Gather(device, picture, 64, shape, augmentation, step: 0)
            .Chunk(shape.Size).Select(moved => string.Join(' ', moved)).Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>So many rows of one picture.</summary>
    private static float[] Gather(
        IDevice device, float[] picture, int rows, Shape shape, Augmentation augmentation, int step,
        PixelEncoding encoding = PixelEncoding.Scaled) =>
        Gather(device, [.. Enumerable.Repeat(picture, rows).SelectMany(one => one)], shape, augmentation, encoding, step);

    private static float[] GatherEach(IDevice device, float[] pictures, Shape shape, Augmentation augmentation) =>
        Gather(device, pictures, shape, augmentation, PixelEncoding.Scaled, step: 7);

    private static float[] Gather(
        IDevice device, float[] pictures, Shape shape, Augmentation augmentation, PixelEncoding encoding, int step)
    {
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
        int rows = pictures.Length / shape.Size;
        View<float> x = workspace.Destination("x", rows, shape.Size, Tolerance.Exact);
        var batch = new Gather<float>(
            workspace.Source(rows, shape.Size, pictures), workspace.Source(1, rows, Enumerable.Range(0, rows).ToArray()),
            workspace.Source(1, Counter.Count, [0, step]), rows, encoding, new RandomSource(5, RandomPurpose.TrainingPixels), x);
        device.Run(new GatherAugmented<float>(batch, shape, augmentation, _moves));
        return device.Read(x);
    }
}
