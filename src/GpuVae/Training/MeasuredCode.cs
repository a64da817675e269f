using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Training;

/// <summary>What a code is used for while it is trained, by some of the test images.</summary>
internal sealed class MeasuredCode : IDisposable
{
    /// <summary>Examples that are enough to see that.</summary>
    public const int Examples = 2000;

    private readonly Autoencoder _model;
    private readonly ImageSet _images;
    private readonly Codec _codec;

    /// <summary>Takes memory for a batch of codes.</summary>
    public MeasuredCode(IDevice device, Autoencoder model, ImageSet test, PixelEncoding encoding, ulong seed)
    {
        _model = model;
        _images = test.Take(Examples);
        _codec = new Codec(device, model, encoding, seed);
    }

    /// <summary>(k) how far the mean code differs from image to image: see <see cref="CodeUse.Variances"/>.</summary>
    public double[] Variances() => CodeUse.VariancesOf(_codec.Encode(_images), _model.Units);

    /// <summary>That and the divergences of a code that has some.</summary>
    public CodeUse Measure() => new(Variances(), _codec.UnitDivergences(_images));

    /// <inheritdoc/>
    public void Dispose() => _codec.Dispose();
}
