using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>A set of images on a device, uploaded once: batches are gathered from it whatever its element type.</summary>
public sealed class DeviceImages : IDisposable
{
    private readonly IDevice _device;
    private readonly DeviceBuffer<byte>? _bytes;
    private readonly DeviceBuffer<float>? _floats;

    /// <summary>Uploads the images. A device whose memory is the host's uses their array where it lies.</summary>
    public DeviceImages(IDevice device, ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(images);
        _device = device;
        Count = images.Count;
        Dimensions = images.Dimensions;
        Shape = images.Shape;
        if (images.Pixels is byte[] pixels)
            _bytes = device.Import(pixels);
        else
            _floats = device.Import(images.Values!);
    }

    /// <summary>N, the number of images.</summary>
    public int Count { get; }

    /// <summary>D, the numbers of an image.</summary>
    public int Dimensions { get; }

    /// <summary>An image, of which height is 1 for a row of numbers.</summary>
    public Shape Shape { get; }

    /// <summary>Takes the batch that the counters point at; see <see cref="Gather{T}"/>.</summary>
    /// <param name="order">(1, N) a permutation of 0…N−1.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    /// <param name="batchSize">Images in a full batch; <paramref name="x"/> may have fewer rows in the last one.</param>
    /// <param name="encoding">How a pixel becomes a number.</param>
    /// <param name="noise">Where <see cref="PixelEncoding.Resampled"/> draws from.</param>
    /// <param name="x">(B, D).</param>
    public void Gather(
        View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise, View<float> x)
    {
        if (_bytes is not null)
            _device.Run(Batch(_bytes, order, counters, batchSize, encoding, noise, x));
        else
            _device.Run(Batch(_floats!, order, counters, batchSize, encoding, noise, x));
    }

    /// <summary>The same of images that are flipped and moved at random; see <see cref="GatherAugmented{T}"/>.</summary>
    /// <param name="order">(1, N) a permutation of 0…N−1.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    /// <param name="batchSize">Images in a full batch; <paramref name="x"/> may have fewer rows in the last one.</param>
    /// <param name="encoding">How a pixel becomes a number.</param>
    /// <param name="noise">Where <see cref="PixelEncoding.Resampled"/> draws from.</param>
    /// <param name="augmentation">What is done to them.</param>
    /// <param name="moves">Where it is drawn from.</param>
    /// <param name="x">(B, D).</param>
    public void GatherAugmented(
        View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        Augmentation augmentation, RandomSource moves, View<float> x)
    {
        if (_bytes is not null)
        {
            _device.Run(new GatherAugmented<byte>(
                Batch(_bytes, order, counters, batchSize, encoding, noise, x), Shape, augmentation, moves));
        }
        else
        {
            _device.Run(new GatherAugmented<float>(
                Batch(_floats!, order, counters, batchSize, encoding, noise, x), Shape, augmentation, moves));
        }
    }

    private Gather<T> Batch<T>(
        DeviceBuffer<T> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        View<float> x)
        where T : unmanaged =>
        new(images.AsMatrix(Count, Dimensions), order, counters, batchSize, encoding, noise, x);

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes?.Dispose();
        _floats?.Dispose();
    }
}
