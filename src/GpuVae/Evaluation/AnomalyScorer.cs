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
/// <remarks>
/// From each score <see cref="ILikelihood.TargetLoss"/> is taken away: under a bernoulli likelihood the loss of a grey
/// number contains its own entropy, so that the plainest grey image would cost more than an anomaly on a black one. For
/// binary pixels, and for a gaussian, laplace or logistic likelihood, that is 0, and scores are the loss with its constant; under beta-binomial
/// it is what the bytes cost at best, most for grey ones.
/// <para>
/// An example that the likelihood gives no probability at all is an anomaly by definition and scores
/// <see cref="double.PositiveInfinity"/>: one with a number that is not finite, one outside 0 … 1 under a bernoulli
/// likelihood or where pixels are binarised, one that is no byte under a likelihood of bytes, or one so far away that the model's own numbers overflow. No score is NaN.
/// </para>
/// <para>
/// Every example meets the same draws ε, so that its score depends on nothing but itself and the seed: not on the other
/// examples, nor on its place among them.
/// </para>
/// <para>
/// Several threads may share a scorer, and the device: they wait for each other, and each gets the scores that it would
/// get alone.
/// </para>
/// </remarks>
public sealed class AnomalyScorer
{
    private readonly IDevice _device;
    private readonly Autoencoder _model;
    private readonly PixelEncoding _encoding;
    private readonly ulong _seed;
    private readonly AnomalyScore _score;
    private readonly int _samples;
    private readonly Lock _turn;

    /// <summary>Chooses the score.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="model">What scores.</param>
    /// <param name="encoding">What the encoder sees of a pixel.</param>
    /// <param name="seed">Decides every draw.</param>
    /// <param name="score">Which score.</param>
    /// <param name="samples">
    /// K, the draws of each code, from 1 to <see cref="ImportanceSampler.MostSamples"/>; taken in parts, so that the
    /// device's memory does not depend on it.
    /// </param>
    /// <exception cref="InvalidOperationException">A bound of a model whose code is not drawn.</exception>
    public AnomalyScorer(
        IDevice device, Autoencoder model, PixelEncoding encoding, ulong seed, AnomalyScore score, int samples)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, ImportanceSampler.MostSamples);
        if (score != AnomalyScore.Reconstruction && model.Posterior is null)
            throw new InvalidOperationException("Only a code that is drawn from a posterior has a bound.");
        _device = device;
        _model = model;
        _encoding = encoding;
        _seed = seed;
        _score = score;
        _samples = samples;
        _turn = DeviceTurn.Of(device);
    }

    /// <summary>The score of each example.</summary>
    /// <param name="images">N of them.</param>
    /// <returns>(N) in nats; +∞ for an example that has no probability.</returns>
    /// <exception cref="ArgumentException">An example has another number of numbers than the model takes.</exception>
    public double[] Score(ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        ImageBatches.RequireWidth(_model, images);
        var scores = new double[images.Count];
        if (scores.Length == 0)
            return scores;
        lock (_turn)
        {
            if (_score == AnomalyScore.Reconstruction)
                Reconstruct(images, scores);
            else
                Bound(images, scores);
        }
        double constant = _model.Likelihood.Constant(_model.Dimensions);
        for (int i = 0; i < scores.Length; i++)
        {
            double score = scores[i] + constant;
            scores[i] = double.IsNaN(score) || IsImpossible(images, i) ? double.PositiveInfinity : score;
        }
        return scores;
    }

    /// <summary>−log p(x | z) of the mean codes, without its constant and the target's own part.</summary>
    private void Reconstruct(ImageSet images, double[] scores)
    {
        // Pixels that are drawn are drawn by their place in the batch.
        bool draws = _encoding == PixelEncoding.Resampled;
        using var batches = new ImageBatches(_device, images, draws ? 1 : _model.Capacity, _encoding, _seed, sharesDraws: draws);
        var losses = new float[batches.LargestBatch];
        int first = 0;
        foreach (View<float> x in batches.Each())
        {
            _device.Download(_model.NegativeLogLikelihood(x, _model.EncodeMean(x)), losses.AsSpan(0, x.Rows));
            TakeTargetLosses(x, scores.AsSpan(first, x.Rows));
            for (int row = 0; row < x.Rows; row++)
                scores[first + row] += losses[row];
            first += x.Rows;
        }
    }

    /// <summary>The bound of each example, without the likelihood's constant and the target's own part.</summary>
    private void Bound(ImageSet images, double[] scores)
    {
        using var sampler = new ImportanceSampler(
            _device, _model, _encoding, _seed, RandomPurpose.EvaluationCode);
        int example = 0, seen = 0;
        IEnumerable<ReadOnlyMemory<float>> each = sampler.LogWeights(images, _samples, x =>
        {
            TakeTargetLosses(x, scores.AsSpan(seen, x.Rows));
            seen += x.Rows;
        }, sharesDraws: true);
        foreach (ReadOnlyMemory<float> logWeights in each)
        {
            scores[example++] += _score == AnomalyScore.Elbo
                ? -Mean(logWeights.Span)
                : -ImportanceSampler.LogMeanExp(logWeights.Span);
        }
    }

    /// <summary>Sets the scores of a batch to what is taken away from them.</summary>
    /// <param name="x">(B, D), what the encoder sees and the loss compares with.</param>
    /// <param name="scores">(B).</param>
    private void TakeTargetLosses(View<float> x, Span<double> scores)
    {
        var targets = new float[x.Length];
        _device.Download(x, targets);
        for (int row = 0; row < scores.Length; row++)
            scores[row] = -_model.Likelihood.TargetLoss(targets.AsSpan(row * x.Columns, x.Columns));
    }

    /// <summary>
    /// Whether an example has a number that is NaN or infinite, or that is no probability where pixels become 0 and 1 by it, or no
    /// byte where only those have a probability; a byte never is.
    /// </summary>
    private bool IsImpossible(ImageSet images, int example)
    {
        if (images.Values is null)
            return false;
        bool isProbability = _encoding != PixelEncoding.Scaled;
        foreach (float value in images.Values.AsSpan(example * images.Dimensions, images.Dimensions))
        {
            if (!float.IsFinite(value) || (isProbability && value is < 0 or > 1))
                return true;
            if (_model.Likelihood.IsOfBytes && !PixelBytes.IsByte(value))
                return true;
        }
        return false;
    }

    private static double Mean(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += value;
        return sum / values.Length;
    }
}
