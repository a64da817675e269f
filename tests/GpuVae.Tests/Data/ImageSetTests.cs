using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

[Collection(nameof(TestDevices))]
public sealed class ImageSetTests(TestDevices devices)
{
    private static readonly string[] _names = ["cat", "dog", "owl"];

    [Fact]
    public void Labels_have_names_their_numbers_where_no_others_are_given()
    {
        Assert.Equal(["0", "1", "2"], new ImageSet(new byte[12], [0, 2, 0], 2, 2).LabelNames!);
        Assert.Equal(_names, new ImageSet(new byte[12], [0, 1, 0], 2, 2, labelNames: _names).LabelNames!);
        Assert.Null(new ImageSet(new byte[12], null, 2, 2).LabelNames);
        Assert.Throws<ArgumentException>(() => new ImageSet(new byte[12], [0, 3, 0], 2, 2, labelNames: _names));
        Assert.Throws<ArgumentException>(() => new ImageSet(new byte[12], [0, -2, 0], 2, 2));
    }

    [Fact]
    public void Images_are_taken_in_the_order_asked_for_with_labels_and_colours()
    {
        var images = new ImageSet(IdxFiles.Counting(12), [0, 2], 2, 1, 3, _names);
        ImageSet turned = images.Take([1, 0, 1]);
        Assert.Equal((3, 2, 1, 3, 6), (turned.Count, turned.Height, turned.Width, turned.Channels, turned.Dimensions));
        Assert.Equal([6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], turned.Pixels!);
        Assert.Equal([2, 0, 2], turned.Labels!);
        Assert.Equal(_names, turned.LabelNames!);
    }

    [Fact]
    public void Other_images_come_behind_with_classes_known_by_their_names()
    {
        var first = new ImageSet(IdxFiles.Counting(4), [0, ImageSet.NoLabel], 1, 2, 1, ["cat", "dog"]) { ExampleNames = ["a", "b"] };
        var second = new ImageSet(
            IdxFiles.Counting(6, first: 4), [1, 0, ImageSet.NoLabel], 1, 2, 1, ["owl", "cat"])
        { ExampleNames = ["c", "d", "e"] };
        ImageSet both = first.Append(second);
        Assert.Equal(IdxFiles.Counting(10), both.Pixels!);
        Assert.Equal(["cat", null, "cat", "owl", null], Enumerable.Range(0, 5).Select(both.LabelOf));
        Assert.Equal(["a", "b", "c", "d", "e"], both.ExampleNames!);
        Assert.Null(first.Append(second.WithLabels(null)).Labels);
        Assert.Equal([1f, 2, 3, 4], new ImageSet([1f, 2], null, 1, 2).Append(new ImageSet([3f, 4], null, 1, 2)).Values!);
        Assert.Throws<ArgumentException>(() => first.Append(new ImageSet(new byte[4], null, 2, 1)));
        Assert.Throws<ArgumentException>(() => first.Append(new ImageSet(new float[4], null, 1, 2)));
    }

    [Fact]
    public void A_copy_is_what_a_model_sees()
    {
        var two = new float[4];
        new ImageSet([0, 255, 51, 102, 9, 9], null, 1, 2).CopyTo(0, two);
        Assert.Equal([0, 1, 0.2f, 0.4f], two);
        new ImageSet([-1.5f, 2, 3, 4, 5, 6], null, 1, 2).CopyTo(1, two);
        Assert.Equal([3, 4, 5, 6], two);
        Assert.Throws<ArgumentException>(() => new ImageSet(new byte[6], null, 1, 2).CopyTo(2, new float[4]));
        Assert.Throws<ArgumentException>(() => new ImageSet(new byte[6], null, 1, 2).CopyTo(0, new float[3]));
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void A_device_gathers_bytes_and_floats_alike(string name)
    {
        IDevice device = devices.Open(name);
        var bytes = new ImageSet(IdxFiles.Counting(5 * 7), null, 1, 7);
        var numbers = new float[5 * 7];
        bytes.CopyTo(0, numbers);
        var floats = new ImageSet(numbers, null, 1, 7);
        foreach (ImageSet images in (ImageSet[])[bytes, floats])
        {
            using var onDevice = new DeviceImages(device, images);
            using DeviceBuffer<int> order = device.Import([4, 0, 3, 1, 2]);
            using DeviceBuffer<int> counters = device.Import([1, 1]);
            using DeviceBuffer<float> buffer = device.Allocate<float>(2 * 7);
            View<float> x = buffer.AsMatrix(2, 7);
            onDevice.Gather(order.AsVector(), counters.AsVector(), 2, PixelEncoding.Scaled, default, x);
            float[] batch = device.Read(x);
            float[] expected = [.. numbers[21..28], .. numbers[7..14]];
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], batch[i], tolerance: 1e-7f);
        }
    }
}
