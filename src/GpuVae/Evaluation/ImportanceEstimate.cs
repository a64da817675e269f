using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>An estimate of −log p(x), averaged over images.</summary>
/// <param name="NegativeLogLikelihood">In nats per image. It is too large on average, the less the more samples.</param>
/// <param name="StandardError">Of the mean over images; says nothing of what too few samples add.</param>
/// <param name="Samples">K.</param>
/// <param name="Images">N.</param>
public sealed record ImportanceEstimate(double NegativeLogLikelihood, double StandardError, int Samples, int Images);

/// <summary>
/// Estimates −log p(x) by importance sampling from the posterior (Rezende, Mohamed and Wierstra 2014, appendix E; Burda,
/// Grosse and Salakhutdinov 2016, equation 8): −log (1/K Σ_s w_s) with w_s = p(x, z_s) / q(z_s | x), z_s ~ q(z | x). More
/// samples than fit into a batch are taken in several, a global step of noise each.
/// </summary>
public sealed class ImportanceSampler : IDisposable
{
    /// <summary>Rows of a batch for the decoder: enough to keep it busy, and few enough to stay near the cores.</summary>
    public const int DecoderBatch = 1024;

    /// <summary>The largest K: 4 MB of log-weights an image, and already more than anybody waits for.</summary>
    public const int MostSamples = 1_000_000;

    private const int LargestSampleRow = 512;

    private readonly IDevice _device;
    private readonly Autoencoder _model;
    private readonly PixelEncoding _encoding;
    private readonly ulong _seed;
    private readonly RandomPurpose _purpose;
    private readonly DeviceBuffer<int> _countersBuffer;
    private readonly Lock _turn;

    /// <summary>Takes a little memory.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="model">A model whose code is drawn from a posterior, made for draws of at least a row.</param>
    /// <param name="encoding">What the encoder sees of a pixel.</param>
    /// <param name="seed">Decides every draw.</param>
    /// <param name="purpose">What the draws are for.</param>
    public ImportanceSampler(
        IDevice device, Autoencoder model, PixelEncoding encoding, ulong seed,
        RandomPurpose purpose = RandomPurpose.ImportanceSamples)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(model);
        _device = device;
        _model = model;
        _encoding = encoding;
        _seed = seed;
        _purpose = purpose;
        _turn = DeviceTurn.Of(device);
        lock (_turn)
            _countersBuffer = device.Allocate<int>(Counter.Count);
    }

    /// <summary>The estimate over a set of images.</summary>
    /// <param name="images">N.</param>
    /// <param name="samples">K, from 1 to <see cref="MostSamples"/>.</param>
    /// <param name="progress">Is told, now and then, how many images are done.</param>
    /// <exception cref="InvalidOperationException">The code has no posterior to draw from.</exception>
    public ImportanceEstimate Estimate(ImageSet images, int samples, Action<int>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        var losses = new double[images.Count];
        int done = 0;
        double constant = _model.Likelihood.Constant(_model.Dimensions);
        lock (_turn)
        {
            foreach (ReadOnlyMemory<float> logWeights in LogWeights(images, samples))
            {
                losses[done++] = constant - LogMeanExp(logWeights.Span);
                progress?.Invoke(done);
            }
        }
        double mean = losses.Average();
        double variance = losses.Sum(loss => (loss - mean) * (loss - mean)) / Math.Max(1, losses.Length - 1);
        return new ImportanceEstimate(mean, Math.Sqrt(variance / losses.Length), samples, images.Count);
    }

    /// <summary>
    /// log w_s of K draws of each image's code, without what <see cref="ILikelihood.Constant"/> says: subtract it.
    /// </summary>
    /// <param name="images">N.</param>
    /// <param name="samples">K, from 1 to <see cref="MostSamples"/>.</param>
    /// <returns>(K) in nats for each image in turn, in the order of the draws; it lasts until the next.</returns>
    /// <exception cref="InvalidOperationException">The code has no posterior to draw from.</exception>
    /// <exception cref="ArgumentException">An image has another number of numbers than the model takes.</exception>
    public IEnumerable<ReadOnlyMemory<float>> LogWeights(ImageSet images, int samples) =>
        LogWeights(images, samples, seen: null, sharesDraws: false);

    /// <summary>The same, which shows each batch (B, D) as the encoder sees it before its images are returned.</summary>
    /// <param name="images">N.</param>
    /// <param name="samples">K.</param>
    /// <param name="seen">Is shown the batches, or null.</param>
    /// <param name="sharesDraws">
    /// Whether ε is the same for every image, so that what an image gets depends on nothing but itself, its K and the seed:
    /// for scores to be compared. A mean over images wants draws of each image's own, whose errors cancel.
    /// </param>
    internal IEnumerable<ReadOnlyMemory<float>> LogWeights(
        ImageSet images, int samples, Action<View<float>>? seen, bool sharesDraws)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, MostSamples);
        ImageBatches.RequireWidth(_model, images);
        return DrawEach(images, samples, seen, sharesDraws);
    }

    /// <summary>log (1/n Σ e^vᵢ), in order and in double, the largest taken out so that nothing overflows.</summary>
    /// <param name="values">At least one.</param>
    public static double LogMeanExp(ReadOnlySpan<float> values)
    {
        double largest = double.NegativeInfinity;
        foreach (float value in values)
            largest = Math.Max(largest, value);
        if (!double.IsFinite(largest))
            return largest;
        double sum = 0;
        foreach (float value in values)
            sum += Math.Exp(value - largest);
        return largest + Math.Log(sum / values.Length);
    }

    /// <inheritdoc/>
    public void Dispose() => _countersBuffer.Dispose();

    /// <summary>
    /// This bounds the memory. A part has at most the model's <see cref="Autoencoder.DrawCapacity"/> rows, for which the
    /// model has its buffers already, so that the device holds no more for more draws. The host holds K floats for each
    /// image of a batch: no more floats than that capacity where K fits into a part, else 4K bytes for each
    /// <see cref="LargestSampleRow"/> rows of it.
    /// </summary>
    private IEnumerable<ReadOnlyMemory<float>> DrawEach(
        ImageSet images, int samples, Action<View<float>>? seen, bool sharesDraws)
    {
        int part = Math.Min(Math.Min(samples, LargestSampleRow), _model.DrawCapacity);
        // Noise is a function of the step and the row: alone in its batch every image meets the same.
        int rows = sharesDraws ? 1 : Math.Clamp(_model.DrawCapacity / part, 1, _model.Capacity);
        using var batches = new ImageBatches(_device, images, rows, _encoding, _seed, sharesDraws);
        var logWeights = new float[rows * samples];
        int step = 0;
        foreach (View<float> x in batches.Each())
        {
            seen?.Invoke(x);
            if (sharesDraws)
                step = 0;
            for (int first = 0; first < samples; first += part)
                Draw(x, Math.Min(part, samples - first), first, samples, step++, logWeights);
            for (int row = 0; row < x.Rows; row++)
                yield return logWeights.AsMemory(row * samples, samples);
        }
    }

    /// <summary>Some draws of each image of a batch, into their columns of (B, K).</summary>
    private void Draw(View<float> x, int count, int first, int samples, int step, float[] logWeights)
    {
        View<int> counters = _countersBuffer.AsVector();
        Span<int> state = stackalloc int[Counter.Count];
        state[Counter.GlobalStep] = step;
        var host = new float[x.Rows * count];
        lock (_turn)
        {
            _device.Upload<int>(state, counters);
            _device.Download(_model.LogWeights(x, counters, new RandomSource(_seed, _purpose), count), host);
        }
        for (int row = 0; row < x.Rows; row++)
            host.AsSpan(row * count, count).CopyTo(logWeights.AsSpan((row * samples) + first));
    }
}
