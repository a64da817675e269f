using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>A set of images on the device, batch after batch in its own order, as an encoder sees them.</summary>
public sealed class ImageBatches : IDisposable
{
    private readonly IDevice _device;
    private readonly PixelEncoding _encoding;
    private readonly RandomSource _noise;
    private readonly DeviceImages _images;
    private readonly DeviceBuffer<int> _orderBuffer;
    private readonly DeviceBuffer<int> _countersBuffer;
    private readonly DeviceBuffer<float> _xBuffer;
    private readonly View<float> _x; // (batch, D)
    private readonly Lock _turn;
    private readonly bool _sharesDraws;

    /// <summary>Uploads the images.</summary>
    /// <param name="device">Where to.</param>
    /// <param name="images">At least one.</param>
    /// <param name="batch">Images of a batch; the last may have fewer.</param>
    /// <param name="encoding">What becomes of a pixel.</param>
    /// <param name="seed">Decides the draws of <see cref="PixelEncoding.Resampled"/>, the same on every pass.</param>
    /// <param name="sharesDraws">
    /// Whether every batch has the draws of the first: with one image a batch, what an image becomes then does not depend on
    /// the others or on its place among them.
    /// </param>
    public ImageBatches(
        IDevice device, ImageSet images, int batch, PixelEncoding encoding, ulong seed, bool sharesDraws = false)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(images);
        _device = device;
        _encoding = encoding;
        _sharesDraws = sharesDraws;
        _noise = new RandomSource(seed, RandomPurpose.EvaluationPixels);
        _turn = DeviceTurn.Of(device);
        int rows = Math.Min(batch, images.Count);
        lock (_turn)
        {
            WindowOrder? windows = WindowOrder.Of(images, rows, shuffle: null);
            _images = new DeviceImages(device, images, windows);
            _orderBuffer = device.Allocate<int>(images.Count);
            _countersBuffer = device.Allocate<int>(Counter.Count);
            _xBuffer = device.Allocate<float>((long)rows * images.Dimensions);
            _x = _xBuffer.AsMatrix(rows, images.Dimensions);
            int window = windows?.Rows ?? images.Count;
            device.Upload<int>([.. Enumerable.Range(0, images.Count).Select(i => i % window)], _orderBuffer.AsVector());
        }
    }

    /// <summary>N, the number of images.</summary>
    public int Count => _images.Count;

    /// <summary>Images of every batch but the last, which may have fewer.</summary>
    public int LargestBatch => _x.Rows;

    /// <summary>Batches of a pass.</summary>
    public int Batches => ((Count - 1) / LargestBatch) + 1;

    /// <summary>(1, <see cref="Counter.Count"/>): counts the batches, for random numbers and sums of a batch's own.</summary>
    public View<int> Counters => _countersBuffer.AsVector();

    /// <summary>Each batch in turn, (B, D); it lasts until the next.</summary>
    public IEnumerable<View<float>> Each() => Each(0, 1);

    /// <summary>Batch <paramref name="first"/> and those <paramref name="stride"/> further on, with the draws that they have among all.</summary>
    internal IEnumerable<View<float>> Each(int first, int stride)
    {
        View<int> counters = Counters;
        for (int batch = first; batch < Batches; batch += stride)
        {
            View<float> x = _x.RowRange(0, Math.Min(_x.Rows, Count - (batch * _x.Rows)));
            lock (_turn)
            {
                if (batch == first || stride > 1 || _sharesDraws)
                    _device.Upload<int>(CountersOf(batch), counters);
                else
                    _device.Run(new Advance(counters));
                _images.Show((long)batch * _x.Rows);
                _images.Gather(_orderBuffer.AsVector(), counters, _x.Rows, _encoding, _noise, x);
            }
            yield return x;
        }
    }

    private int[] CountersOf(int batch)
    {
        var counters = new int[Counter.Count];
        counters[Counter.StepInEpoch] = batch;
        counters[Counter.GlobalStep] = _sharesDraws ? 0 : batch;
        return counters;
    }

    /// <summary>Refuses images of another size than a model takes.</summary>
    /// <exception cref="ArgumentException">They are.</exception>
    internal static void RequireWidth(Autoencoder model, ImageSet images)
    {
        if (images.Dimensions != model.Dimensions)
        {
            throw new ArgumentException(
                $"An example has {images.Dimensions} numbers, the model takes {model.Dimensions}.", nameof(images));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _images.Dispose();
        _orderBuffer.Dispose();
        _countersBuffer.Dispose();
        _xBuffer.Dispose();
    }
}
