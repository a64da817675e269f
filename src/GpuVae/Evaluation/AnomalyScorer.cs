using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>How a model says that an example is strange.</summary>
public enum AnomalyScore
{
    /// <summary>−log p(x | z) with z the mean code of x: no draw.</summary>
    Reconstruction,

    /// <summary>−ELBO, the mean of −log w over draws of the code.</summary>
    Elbo,

    /// <summary>−log of the mean of w over draws of the code, the importance-weighted bound.</summary>
    Iwae,
}

/// <summary>
/// Scores examples in nats: the higher, the less the model expects them. With w = p(x | z) p(z) / q(z | x) and
/// z ~ q(z | x), −ELBO and the importance-weighted bound (Burda, Grosse and Salakhutdinov 2016, equations 3 and 8) are
/// both at least −log p(x), the second closer to it. The encoder sees the example as it is, without corruption.
/// </summary>
public sealed class AnomalyScorer
{
    private readonly IBackend _backend;
    private readonly Autoencoder _model;
    private readonly PixelEncoding _encoding;
    private readonly ulong _seed;
    private readonly AnomalyScore _score;
    private readonly int _samples;

    /// <summary>Chooses the score.</summary>
    /// <param name="backend">Where the model is.</param>
    /// <param name="model">What scores.</param>
    /// <param name="encoding">What the encoder sees of a pixel.</param>
    /// <param name="seed">Decides every draw.</param>
    /// <param name="score">Which score.</param>
    /// <param name="samples">K, the draws of each code, at most the model's <see cref="Autoencoder.DrawCapacity"/>.</param>
    /// <exception cref="InvalidOperationException">A bound of a model whose code is not drawn.</exception>
    public AnomalyScorer(
        IBackend backend, Autoencoder model, PixelEncoding encoding, ulong seed, AnomalyScore score, int samples)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, model.DrawCapacity);
        if (score != AnomalyScore.Reconstruction && model.Posterior is null)
            throw new InvalidOperationException("Only a code that is drawn from a posterior has a bound.");
        _backend = backend;
        _model = model;
        _encoding = encoding;
        _seed = seed;
        _score = score;
        _samples = samples;
    }

    /// <summary>The score of each example.</summary>
    /// <param name="images">N of them.</param>
    /// <returns>(N) in nats; one that is not finite says that the model cannot take the example.</returns>
    public double[] Score(ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        int draws = _score == AnomalyScore.Reconstruction ? 1 : _samples;
        int batch = Math.Min(_model.Capacity, _model.DrawCapacity / draws);
        double constant = _model.Likelihood.Constant(_model.Dimensions);
        var noise = new RandomSource(_seed, RandomPurpose.EvaluationCode);
        var scores = new double[images.Count];
        var terms = new float[batch * draws];
        using var batches = new ImageBatches(_backend, images, batch, _encoding, _seed);
        int first = 0;
        foreach (View<float> x in batches.Each())
        {
            View<float> values = _score == AnomalyScore.Reconstruction
                ? _model.NegativeLogLikelihood(x, _model.EncodeMean(x))
                : _model.LogWeights(x, batches.Counters, noise, draws);
            _backend.Download(values, terms.AsSpan(0, x.Rows * draws));
            for (int row = 0; row < x.Rows; row++)
                scores[first + row] = constant + Reduce(terms.AsSpan(row * draws, draws));
            first += x.Rows;
        }
        return scores;
    }

    /// <summary>(K) terms of an example → its score.</summary>
    private double Reduce(ReadOnlySpan<float> terms) => _score switch
    {
        AnomalyScore.Reconstruction => terms[0],
        AnomalyScore.Elbo => -Mean(terms),
        _ => -ImportanceSampler.LogMeanExp(terms),
    };

    private static double Mean(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += value;
        return sum / values.Length;
    }
}
