using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>Codes and their pictures in the host's memory, as many at a time through the model as it takes.</summary>
public sealed class Codec : IDisposable
{
    private readonly IBackend _backend;
    private readonly Autoencoder _model;
    private readonly DeviceBuffer<float> _zBuffer;
    private readonly View<float> _z; // (capacity, k)

    /// <summary>Takes memory for a batch of codes.</summary>
    public Codec(IBackend backend, Autoencoder model)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(model);
        _backend = backend;
        _model = model;
        _zBuffer = backend.Allocate<float>((long)model.Capacity * model.Units);
        _z = _zBuffer.AsMatrix(model.Capacity, model.Units);
    }

    /// <summary>E[x | z], the picture of each code.</summary>
    /// <param name="codes">(n, k).</param>
    /// <returns>(n, D).</returns>
    /// <exception cref="ArgumentException">The numbers are not whole codes.</exception>
    public float[] Decode(ReadOnlySpan<float> codes)
    {
        int units = _model.Units, dimensions = _model.Dimensions;
        if (codes.Length % units != 0)
            throw new ArgumentException($"{codes.Length} numbers are no whole codes of {units}.", nameof(codes));
        int count = codes.Length / units;
        var images = new float[checked(count * dimensions)];
        for (int first = 0; first < count; first += _z.Rows)
        {
            int rows = Math.Min(_z.Rows, count - first);
            View<float> z = _z.RowRange(0, rows);
            _backend.Upload(codes.Slice(first * units, rows * units), z);
            _backend.Download(_model.DecodeMean(z), images.AsSpan(first * dimensions, rows * dimensions));
        }
        return images;
    }

    /// <inheritdoc/>
    public void Dispose() => _zBuffer.Dispose();
}
