using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>
/// Images to codes and codes to pictures in the host's memory, as many at a time through the model as it takes.
/// </summary>
/// <remarks>Several threads may share a codec, and the device: they wait for each other.</remarks>
public sealed class Codec : IDisposable
{
    private readonly IDevice _device;
    private readonly Autoencoder _model;
    private readonly PixelEncoding _encoding;
    private readonly ulong _seed;
    private readonly DeviceBuffer<float> _zBuffer;
    private readonly View<float> _z; // (capacity, k)
    private readonly Lock _turn;

    /// <summary>Takes memory for a batch of codes.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="model">What encodes and decodes.</param>
    /// <param name="encoding">What the encoder sees of a pixel.</param>
    /// <param name="seed">Decides the draws of <see cref="PixelEncoding.Resampled"/>.</param>
    public Codec(IDevice device, Autoencoder model, PixelEncoding encoding, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(model);
        _device = device;
        _model = model;
        _encoding = encoding;
        _seed = seed;
        _turn = DeviceTurn.Of(device);
        lock (_turn)
            _zBuffer = device.Allocate<float>((long)model.Capacity * model.Units);
        _z = _zBuffer.AsMatrix(model.Capacity, model.Units);
    }

    /// <summary>The images as the encoder sees them.</summary>
    /// <param name="images">n of them.</param>
    /// <returns>(n, D).</returns>
    public float[] EncoderInputs(ImageSet images) => Each(images, _model.Dimensions, x => x);

    /// <summary>The mean code of each image.</summary>
    /// <param name="images">n of them.</param>
    /// <returns>(n, k).</returns>
    public float[] Encode(ImageSet images) => Each(images, _model.Units, _model.EncodeMean);

    /// <summary>The standard deviation of each unit of each image's posterior.</summary>
    /// <param name="images">n of them.</param>
    /// <returns>(n, k).</returns>
    /// <exception cref="InvalidOperationException">The code is not drawn from a posterior.</exception>
    public float[] Deviations(ImageSet images)
    {
        IPosteriorCode posterior = _model.Posterior ?? throw new InvalidOperationException("The code is not drawn from a posterior.");
        float[] heads = Each(images, posterior.HeadWidth, _model.EncodePosterior);
        var deviations = new float[images.Count * _model.Units];
        for (int image = 0; image < images.Count; image++)
        {
            Posteriors.Deviations(
                heads.AsSpan(image * posterior.HeadWidth, posterior.HeadWidth), posterior.Covariance,
                deviations.AsSpan(image * _model.Units, _model.Units));
        }
        return deviations;
    }

    /// <summary>How much the images use each unit of the code.</summary>
    /// <param name="images">At least one.</param>
    public CodeUse Use(ImageSet images) => Use(images, out _);

    /// <summary>That, and the mean code of each image.</summary>
    /// <param name="images">n of them, at least one.</param>
    /// <param name="means">(n, k).</param>
    public CodeUse Use(ImageSet images, out float[] means)
    {
        ArgumentNullException.ThrowIfNull(images);
        int units = _model.Units;
        if (_model.Posterior is not IPosteriorCode posterior)
        {
            means = Encode(images);
            return new CodeUse(CodeUse.VariancesOf(means, units), Divergences: null);
        }
        ImageBatches.RequireWidth(_model, images);
        means = new float[checked(images.Count * units)];
        var divergences = new double[units];
        var ofBatch = new float[units];
        int first = 0;
        using Lock.Scope turn = _turn.EnterScope();
        using DeviceBuffer<float> buffer = _device.Allocate<float>(units);
        using var batches = new ImageBatches(_device, images, _model.Capacity, _encoding, _seed);
        foreach (View<float> x in batches.Each())
        {
            // One pass for both: a row of the head begins with μ.
            View<float> head = _model.EncodePosterior(x);
            posterior.UnitDivergence(head, buffer.AsVector());
            _device.Download<float>(buffer.AsVector(), ofBatch);
            var rows = new float[x.Rows * posterior.HeadWidth];
            _device.Download(head, rows);
            for (int row = 0; row < x.Rows; row++)
                rows.AsSpan(row * posterior.HeadWidth, units).CopyTo(means.AsSpan((first + row) * units));
            for (int unit = 0; unit < units; unit++)
                divergences[unit] += ofBatch[unit] * (double)x.Rows / batches.Count;
            first += x.Rows;
        }
        return new CodeUse(CodeUse.VariancesOf(means, units), divergences);
    }

    /// <summary>E[x | z], the picture of each code.</summary>
    /// <param name="codes">(n, k).</param>
    /// <returns>(n, D).</returns>
    /// <exception cref="ArgumentException">The numbers are not whole codes.</exception>
    public float[] Decode(ReadOnlySpan<float> codes)
    {
        var images = new float[checked(codes.Length / _model.Units * _model.Dimensions)];
        Decode(codes, images);
        return images;
    }

    /// <summary>E[x | z], the picture of each code, in memory that is there already.</summary>
    /// <param name="codes">(n, k).</param>
    /// <param name="images">(n, D).</param>
    /// <exception cref="ArgumentException">The numbers are not whole codes, or not as many as images.</exception>
    public void Decode(ReadOnlySpan<float> codes, Span<float> images)
    {
        int units = _model.Units, dimensions = _model.Dimensions;
        int count = codes.Length / units;
        if (codes.Length % units != 0)
            throw new ArgumentException($"{codes.Length} numbers are no whole codes of {units}.", nameof(codes));
        if (images.Length != (long)count * dimensions)
            throw new ArgumentException($"{images.Length} numbers for {count} images of {dimensions}.", nameof(images));
        Decode(codes, images, _model.DecodeMean);
    }

    /// <summary>d(z), the decoder's outputs for each code.</summary>
    /// <param name="codes">(n, k).</param>
    /// <returns>(n, m·D), as of <see cref="Autoencoder.DecodeOutputs"/>.</returns>
    internal float[] DecodeOutputs(ReadOnlySpan<float> codes)
    {
        var outputs = new float[checked(codes.Length / _model.Units * _model.Dimensions * _model.Likelihood.ParametersPerNumber)];
        Decode(codes, outputs, _model.DecodeOutputs);
        return outputs;
    }

    /// <inheritdoc/>
    public void Dispose() => _zBuffer.Dispose();

    /// <summary>What a function of a batch of codes (B, k) gives, for all codes.</summary>
    private void Decode(ReadOnlySpan<float> codes, Span<float> results, Func<View<float>, View<float>> function)
    {
        int units = _model.Units, count = codes.Length / units;
        using Lock.Scope turn = _turn.EnterScope();
        for (int first = 0; first < count; first += _z.Rows)
        {
            int rows = Math.Min(_z.Rows, count - first), columns = results.Length / count;
            View<float> z = _z.RowRange(0, rows);
            _device.Upload(codes.Slice(first * units, rows * units), z);
            _device.Download(function(z), results.Slice(first * columns, rows * columns));
        }
    }

    /// <summary>What a function of a batch (B, D) gives, (B, columns), for all images.</summary>
    private float[] Each(ImageSet images, int columns, Func<View<float>, View<float>> function)
    {
        ArgumentNullException.ThrowIfNull(images);
        ImageBatches.RequireWidth(_model, images);
        var all = new float[checked(images.Count * columns)];
        using Lock.Scope turn = _turn.EnterScope();
        using var batches = new ImageBatches(_device, images, _model.Capacity, _encoding, _seed);
        int first = 0;
        foreach (View<float> x in batches.Each())
        {
            _device.Download(function(x), all.AsSpan(first * columns, x.Rows * columns));
            first += x.Rows;
        }
        return all;
    }
}
