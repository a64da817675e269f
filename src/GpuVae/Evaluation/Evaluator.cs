using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>The mean loss of a set of images.</summary>
/// <param name="Reconstruction">−log p(x | z) in nats per image, z drawn once for each image.</param>
/// <param name="Divergence">KL(q(z | x) ‖ p(z)) in nats per image; 0 for a code without one.</param>
public readonly record struct LossParts(double Reconstruction, double Divergence);

/// <summary>Measures a model on a set of images, in their own order and always with the same draws.</summary>
public sealed class Evaluator : IDisposable
{
    private readonly IBackend _backend;
    private readonly Autoencoder _model;
    private readonly ulong _seed;
    private readonly ImageBatches _batches;
    private readonly DeviceBuffer<float> _lossBuffer;
    private readonly View<float> _losses; // (batches, R), sums over each batch

    /// <summary>Uploads the images; batches are as large as the model takes.</summary>
    /// <param name="backend">Where the model is.</param>
    /// <param name="model">What is measured.</param>
    /// <param name="images">By what.</param>
    /// <param name="seed">Decides every draw: of the code, and of pixels.</param>
    /// <param name="encoding">
    /// What the model sees of a pixel. <see cref="PixelEncoding.Resampled"/> draws each image once, from the seed, and so
    /// measures always by the same binary images.
    /// </param>
    public Evaluator(
        IBackend backend, Autoencoder model, ImageSet images, ulong seed,
        PixelEncoding encoding = PixelEncoding.Scaled)
    {
        _backend = backend;
        _model = model;
        _seed = seed;
        _batches = new ImageBatches(backend, images, model.Capacity, encoding, seed);
        _lossBuffer = backend.Allocate<float>((long)_batches.Batches * model.TermCount);
        _losses = _lossBuffer.AsMatrix(_batches.Batches, model.TermCount);
    }

    /// <summary>The mean loss with one draw of the code for each image.</summary>
    public LossParts Loss()
    {
        var noise = new RandomSource(_seed, RandomPurpose.EvaluationCode);
        foreach (View<float> x in _batches.Each())
        {
            ForwardPass pass = _model.Forward(x, _batches.Counters, noise);
            _backend.SumTerms(pass.Terms, _batches.Counters, _losses);
        }
        var losses = new float[_losses.Length];
        _backend.Download<float>(_losses, losses);
        var sums = new double[2];
        for (int i = 0; i < losses.Length; i++)
            sums[i % _losses.Columns] += losses[i];
        return new LossParts(
            (sums[0] / _batches.Count) + _model.Likelihood.Constant(_model.Dimensions), sums[1] / _batches.Count);
    }

    /// <summary>The mean of (x − x̂)² over all pixels, where x̂ is the picture of x's mean code.</summary>
    public double MeanSquaredError()
    {
        var clean = new float[_batches.LargestBatch * _model.Dimensions];
        var means = new float[_batches.LargestBatch * _model.Dimensions];
        double sum = 0;
        foreach (View<float> x in _batches.Each())
        {
            int length = (int)x.Length;
            _backend.Download(x, clean.AsSpan(0, length));
            _backend.Download(_model.DecodeMean(_model.EncodeMean(x)), means.AsSpan(0, length));
            for (int i = 0; i < length; i++)
            {
                double difference = (double)clean[i] - means[i];
                sum += difference * difference;
            }
        }
        return sum / ((long)_batches.Count * _model.Dimensions);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _batches.Dispose();
        _lossBuffer.Dispose();
    }
}
