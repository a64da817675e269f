using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>
/// A set of images on a device, uploaded once: batches are gathered from it whatever its element type. Of a set that stays in its file a
/// window is there at a time.
/// </summary>
public sealed class DeviceImages : IDisposable
{
    private readonly IDevice _device;
    private readonly WindowOrder? _order;
    private readonly WindowReader? _reader;
    private readonly DeviceBuffer<byte>? _bytes;
    private readonly DeviceBuffer<float>? _floats;
    private readonly int _rows;
    private int _shown = -1;

    /// <summary>Uploads the images. A device whose memory is the host's uses their array where it lies.</summary>
    /// <exception cref="ArgumentException">They stay in their file.</exception>
    public DeviceImages(IDevice device, ImageSet images)
        : this(device, images, order: null)
    {
        if (images.IsStreamed)
            throw new ArgumentException("Images that stay in their file are seen in an order of windows.", nameof(images));
    }

    /// <summary>Uploads the images, or takes memory for a window of them.</summary>
    /// <param name="device">Where to.</param>
    /// <param name="images">What is gathered from.</param>
    /// <param name="order">The windows of a set that stays in its file, as of <see cref="WindowOrder.Of"/>; null for another.</param>
    internal DeviceImages(IDevice device, ImageSet images, WindowOrder? order)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(images);
        _device = device;
        _order = order;
        Count = images.Count;
        Dimensions = images.Dimensions;
        Shape = images.Shape;
        _rows = Math.Min(order?.Rows ?? Count, Count);
        if (order is not null)
        {
            _reader = new WindowReader(images.Stream!, order);
            _bytes = device.Allocate<byte>((long)_rows * Dimensions);
        }
        else if (images.Pixels is byte[] pixels)
        {
            _bytes = device.Import(pixels);
        }
        else if (images.Values is float[] values)
        {
            _floats = device.Import(values);
        }
    }

    /// <summary>N, the number of images.</summary>
    public int Count { get; }

    /// <summary>D, the numbers of an image.</summary>
    public int Dimensions { get; }

    /// <summary>An image, of which height is 1 for a row of numbers.</summary>
    public Shape Shape { get; }

    /// <summary>Takes the batch that the counters point at; see <see cref="Gather{T}"/>.</summary>
    /// <param name="order">(1, N) a permutation of 0…N−1; places in the window that is shown, where the images stay in their file.</param>
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
    /// <param name="order">As of <see cref="Gather"/>.</param>
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

    /// <summary>
    /// Has the window of an example on the device, and begins to read the next; nothing where all images are there, or the window is.
    /// </summary>
    /// <param name="position">A place in the order, of which the batches that are gathered then are the window's.</param>
    /// <exception cref="DataException">The file cannot be read.</exception>
    internal void Show(long position)
    {
        if (_order is null || _shown == (int)(position / _order.Rows))
            return;
        _shown = -1;
        int window = (int)(position / _order.Rows);
        _device.Upload(_reader!.Read(window)[..(int)_bytes!.Length], _bytes.AsVector());
        _shown = window;
        _reader.ReadAhead(window + 1);
    }

    /// <summary>Has the first window of the order, or another one, read: after the order has changed.</summary>
    /// <param name="position">A place in the order.</param>
    internal void Restart(long position)
    {
        if (_order is null)
            return;
        _shown = -1;
        _reader!.Forget();
        _reader.ReadAhead((int)(position / _order.Rows));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        _bytes?.Dispose();
        _floats?.Dispose();
    }

    private Gather<T> Batch<T>(
        DeviceBuffer<T> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        View<float> x)
        where T : unmanaged =>
        new(images.AsMatrix(_rows, Dimensions), order, counters, batchSize, encoding, noise, x) { Examples = Count };
}
