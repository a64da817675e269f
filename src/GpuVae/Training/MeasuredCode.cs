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

    private readonly Codec _codec;

    /// <summary>The test images that it looks at.</summary>
    public ImageSet Images { get; }

    /// <summary>Takes memory for a batch of codes.</summary>
    public MeasuredCode(IDevice device, Autoencoder model, ImageSet test, PixelEncoding encoding, ulong seed)
    {
        Images = test.Take(Examples);
        _codec = new Codec(device, model, encoding, seed);
    }

    /// <summary>As the model is now.</summary>
    public CodeUse Measure() => Measure(out _);

    /// <summary>That and what the use is seen by.</summary>
    /// <param name="codes">(N, k), the mean codes of <see cref="Images"/>.</param>
    public CodeUse Measure(out float[] codes) => _codec.Use(Images, out codes);

    /// <inheritdoc/>
    public void Dispose() => _codec.Dispose();
}
