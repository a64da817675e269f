using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

[Collection(nameof(TestDevices))]
public sealed class GatherTests(TestDevices devices)
{
    private static readonly RandomSource _noise = new(5, RandomPurpose.TrainingPixels);

    // Image n has bytes n, 100 + n, 200 + n.
    private static readonly byte[] _images =
        [.. Enumerable.Range(0, 7).SelectMany(n => (byte[])[(byte)n, (byte)(100 + n), (byte)(200 + n)])];

    private static readonly int[] _order = [6, 0, 3, 5, 1, 4, 2];

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Batches_agree_with_the_reference(string device) =>
        OperationChecks.Check(devices.Open(device), nameof(Gather<>));

    [Fact]
    public void Reference_takes_the_batch_of_the_step_in_the_order_given()
    {
        using var reference = new ReferenceDevice();
        Assert.Equal([5, 1, 4], ImagesOf(Gather(reference, _images, 3, 3, PixelEncoding.Scaled, step: 1)));
        Assert.Equal([2], ImagesOf(Gather(reference, _images, 3, 1, PixelEncoding.Scaled, step: 2)));
        Assert.Equal(
            [0, 0, 1, 0, 0, 1], Gather(reference, _images, 2, 2, PixelEncoding.Threshold, step: 0));
    }

    [Fact]
    public void Reference_calls_a_pixel_white_from_128()
    {
        using var reference = new ReferenceDevice();
        float[] x = Gather(reference, [0, 127, 128, 255], 1, 1, PixelEncoding.Threshold, step: 0, dimensions: 4);
        Assert.Equal([0, 0, 1, 1], x);
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Resampled_pixels_are_white_as_often_as_they_are_bright(string name)
    {
        const int Rows = 64, Steps = 32;
        IDevice device = devices.Open(name);
        byte[] everyByte = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        byte[] images = [.. Enumerable.Repeat(everyByte, Rows).SelectMany(image => image)];
        var whites = new double[256];
        for (int step = 0; step < Steps; step++)
        {
            float[] x = Gather(
                device, images, Rows, Rows, PixelEncoding.Resampled, step: 0, dimensions: 256, globalStep: step);
            Assert.All(x, pixel => Assert.True(pixel is 0 or 1));
            for (int i = 0; i < x.Length; i++)
                whites[i % 256] += x[i];
        }
        Assert.Equal(0, whites[0]);
        Assert.Equal(Rows * Steps, whites[255]);
        for (int value = 0; value < 256; value++)
        {
            double probability = value / 255.0;
            double fiveErrors = 5 * Math.Sqrt(probability * (1 - probability) / (Rows * Steps));
            Assert.InRange(whites[value] / (Rows * Steps), probability - fiveErrors, probability + fiveErrors);
        }
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Resampled_pixels_depend_on_the_global_step_and_the_element_alone(string name)
    {
        IDevice device = devices.Open(name);
        byte[] images = new byte[40 * 50];
        Array.Fill(images, (byte)128);
        float[] Draw(int batchSize, int rows, int step, int globalStep) =>
            Gather(device, images, batchSize, rows, PixelEncoding.Resampled, step, dimensions: 50, globalStep);

        float[] draw = Draw(40, 40, 0, 9);
        Assert.Equal(draw[..(13 * 50)], Draw(13, 13, 0, 9));
        Assert.Equal(draw[..(7 * 50)], Draw(13, 7, 2, 9));
        Assert.NotEqual(draw, Draw(40, 40, 0, 10));
    }

    private static IEnumerable<int> ImagesOf(float[] x) => x.Chunk(3).Select(row =>
    {
        int image = (int)Math.Round(row[0] * 255);
        Assert.Equal([image / 255f, (100 + image) / 255f, (200 + image) / 255f], row);
        return image;
    });

    private static float[] Gather(
        IDevice device, byte[] images, int batchSize, int rows, PixelEncoding encoding, int step,
        int dimensions = 3, int globalStep = 0)
    {
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
        int count = images.Length / dimensions;
        int[] order = count == _order.Length ? _order : [.. Enumerable.Range(0, count)];
        View<float> x = workspace.Destination("x", rows, dimensions, Tolerance.Exact);
        device.Run(new Gather<byte>(
            workspace.Source(count, dimensions, images), workspace.Source(1, count, order),
            workspace.Source(1, Counter.Count, [step, globalStep]), batchSize, encoding, _noise, x));
        return device.Read(x);
    }
}
