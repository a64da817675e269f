using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>The mean loss of a set of images.</summary>
/// <param name="Reconstruction">−log p(x | z) in nats per image, the mean over the draws of each image's z.</param>
/// <param name="Divergence">KL(q(z | x) ‖ p(z)) in nats per image; 0 for a code without one.</param>
/// <param name="Own">The objective's own term in nats per image; without meaning where it has none.</param>
public readonly record struct LossParts(double Reconstruction, double Divergence, double Own);

/// <summary>Measures a model on a set of images, in their own order and always with the same draws.</summary>
public sealed class Evaluator : IDisposable
{
    private readonly IBackend _backend;
    private readonly Autoencoder _model;
    private readonly ulong _seed;
    private readonly DeviceImages _images;
    private readonly DeviceBuffer<int> _orderBuffer;
    private readonly DeviceBuffer<int> _countersBuffer;
    private readonly DeviceBuffer<float> _xBuffer;
    private readonly DeviceBuffer<float> _lossBuffer;
    private readonly View<float> _x; // (batch, D)
    private readonly View<float> _losses; // (batches, R), sums over each batch
    private readonly IObjectiveTerm? _term;

    /// <summary>Uploads the images; batches are as large as the model takes.</summary>
    /// <param name="backend">Where the model is.</param>
    /// <param name="model">What is measured.</param>
    /// <param name="images">By what.</param>
    /// <param name="seed">Decides every draw.</param>
    /// <param name="objective">Whose draws are taken and whose own term is measured; one draw without it.</param>
    public Evaluator(
        IBackend backend, Autoencoder model, ImageSet images, ulong seed, IObjective? objective = null)
    {
        _backend = backend;
        _model = model;
        _seed = seed;
        int batch = Math.Min(Math.Min(model.Capacity, model.DrawCapacity / (objective?.Samples ?? 1)), images.Count);
        int batches = (images.Count + batch - 1) / batch;
        _term = objective?.Prepare(backend, model.Posterior, batch);
        int parts = model.TermCount + (_term is { HasOwnTerm: true } ? 1 : 0);
        _images = new DeviceImages(backend, images);
        _orderBuffer = backend.Allocate<int>(images.Count);
        _countersBuffer = backend.Allocate<int>(Counter.Count);
        _xBuffer = backend.Allocate<float>((long)batch * images.Dimensions);
        _lossBuffer = backend.Allocate<float>((long)batches * parts);
        _x = _xBuffer.AsMatrix(batch, images.Dimensions);
        _losses = _lossBuffer.AsMatrix(batches, parts);
        backend.Upload<int>([.. Enumerable.Range(0, images.Count)], _orderBuffer.AsVector());
    }

    /// <summary>The mean loss.</summary>
    public LossParts Loss()
    {
        var noise = new RandomSource(_seed, RandomPurpose.EvaluationCode);
        foreach (View<float> x in Batches())
        {
            ForwardPass pass = _model.Forward(x, new CodeDraws(_countersBuffer.AsVector(), noise), _term);
            _backend.SumTerms(pass.Terms, _countersBuffer.AsVector(), _losses);
        }
        var losses = new float[_losses.Length];
        _backend.Download<float>(_losses, losses);
        var means = new double[_losses.Columns];
        for (int i = 0; i < losses.Length; i++)
            means[i % means.Length] += losses[i] / (double)_images.Count;
        double constant = _model.Likelihood.Constant(_model.Dimensions);
        return new LossParts(means[0] + constant, _model.HasDivergence ? means[1] : 0, means[^1]);
    }

    /// <summary>The mean of (x − x̂)² over all pixels, where x̂ is the picture of x's mean code.</summary>
    public double MeanSquaredError()
    {
        var clean = new float[_x.Length];
        var means = new float[_x.Length];
        double sum = 0;
        foreach (View<float> x in Batches())
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
        return sum / ((long)_images.Count * _images.Dimensions);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _term?.Dispose();
        _images.Dispose();
        _orderBuffer.Dispose();
        _countersBuffer.Dispose();
        _xBuffer.Dispose();
        _lossBuffer.Dispose();
    }

    /// <summary>Each batch in turn, (B, D), as the counters count them.</summary>
    private IEnumerable<View<float>> Batches()
    {
        View<int> counters = _countersBuffer.AsVector();
        _backend.Upload<int>(new int[Counter.Count], counters);
        for (int first = 0; first < _images.Count; first += _x.Rows)
        {
            View<float> x = _x.RowRange(0, Math.Min(_x.Rows, _images.Count - first));
            _images.Gather(
                _orderBuffer.AsVector(), counters, _x.Rows, PixelEncoding.Scaled,
                new RandomSource(_seed, RandomPurpose.EvaluationPixels), x);
            yield return x;
            _backend.Advance(counters);
        }
    }
}
