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
        if (images.Pixels is byte[] pixels)
            _bytes = device.Import(pixels);
        else
            _floats = device.Import(images.Values!);
    }

    /// <summary>N, the number of images.</summary>
    public int Count { get; }

    /// <summary>D, the numbers of an image.</summary>
    public int Dimensions { get; }

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
            _device.Run(new Gather<byte>(_bytes.AsMatrix(Count, Dimensions), order, counters, batchSize, encoding, noise, x));
        else
            _device.Run(new Gather<float>(_floats!.AsMatrix(Count, Dimensions), order, counters, batchSize, encoding, noise, x));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes?.Dispose();
        _floats?.Dispose();
    }
}
