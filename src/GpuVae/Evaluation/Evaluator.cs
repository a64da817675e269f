using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>Measures a model on a set of images, in their own order and always with the same draws.</summary>
/// <remarks>Several threads may share the device: they wait for each other.</remarks>
public sealed class Evaluator : IDisposable
{
    private readonly IDevice _device;
    private readonly Autoencoder _model;
    private readonly ulong _seed;
    private readonly ImageBatches _batches;
    private readonly DeviceBuffer<float> _lossBuffer;
    private readonly View<float> _losses; // (batches, R), sums over each batch
    private readonly IObjectivePass? _objectivePass;
    private readonly LossTerms _terms;
    private readonly Lock _turn;
    private readonly int _numbers;
    private readonly RankGroup? _ranks;

    /// <summary>Uploads the images; batches are as large as the model takes.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="model">What is measured.</param>
    /// <param name="images">By what.</param>
    /// <param name="seed">Decides every draw: of the code, and of pixels.</param>
    /// <param name="encoding">
    /// What the model sees of a pixel. <see cref="PixelEncoding.Resampled"/> draws each image once, from the seed, and so
    /// measures always by the same binary images.
    /// </param>
    /// <param name="objective">Whose draws are taken and whose auxiliary terms are measured; one draw without it.</param>
    public Evaluator(
        IDevice device, Autoencoder model, ImageSet images, ulong seed,
        PixelEncoding encoding = PixelEncoding.Scaled, IObjective? objective = null)
        : this(device, model, images, seed, encoding, objective, ranks: null)
    {
    }

    /// <summary>The same for one of several ranks, which share the batches of <see cref="Loss"/>.</summary>
    internal Evaluator(
        IDevice device, Autoencoder model, ImageSet images, ulong seed, PixelEncoding encoding, IObjective? objective, RankGroup? ranks)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ImageBatches.RequireWidth(model, images);
        _device = device;
        _model = model;
        _seed = seed;
        _ranks = ranks;
        _numbers = images.NumberColumns;
        _turn = DeviceTurn.Of(device);
        using Lock.Scope turn = _turn.EnterScope();
        int batch = Math.Min(model.Capacity, Math.Max(1, model.DrawCapacity / (objective?.Samples ?? 1)));
        _objectivePass = objective?.Prepare(device, model.Code, batch);
        _terms = model.TermsWith(_objectivePass);
        _batches = new ImageBatches(device, images, batch, encoding, seed);
        _lossBuffer = device.Allocate<float>((long)_batches.Batches * _terms.Count);
        _losses = _lossBuffer.AsMatrix(_batches.Batches, _terms.Count);
    }

    /// <summary>What <see cref="Loss"/> measures.</summary>
    public LossTerms Terms => _terms;

    /// <summary>
    /// The mean of each term of the loss in nats per image: the reconstruction with the likelihood's constant, the mean over
    /// the draws of each image's z; what the code measures, such as KL; and the objective's auxiliary terms, without the
    /// constant.
    /// </summary>
    public LossValues Loss()
    {
        using Lock.Scope turn = _turn.EnterScope();
        var losses = new float[_losses.Length];
        if (_ranks is null)
        {
            Measure(0, 1, losses);
        }
        else
        {
            _ranks.Lead(new RankCommand(RankAction.Evaluate));
            ReadOnlySpan<float> measured = _ranks.Gather(losses.Length, mine => Measure(_ranks.Rank, _ranks.Size, mine));
            // Of each batch all ranks but one have zeros: the same bits as from one.
            for (int i = 0; i < measured.Length; i++)
                losses[i % losses.Length] += measured[i];
        }
        var sums = new double[_losses.Columns];
        for (int i = 0; i < losses.Length; i++)
            sums[i % sums.Length] += losses[i];
        double[] means = Array.ConvertAll(sums, sum => sum / _batches.Count);
        return _terms.Values(means).Plus(LossTerm.Reconstruction, _model.Likelihood.Constant(_model.Dimensions));
    }

    /// <summary>
    /// The mean of (x − x̂)² over all pixels, where x̂ is the picture of the mean code of what the encoder sees: of x̃ where
    /// the model corrupts it, so that this is what a denoiser leaves of the noise. Categories are no numbers and have no
    /// part in it; not a number where there is nothing else.
    /// </summary>
    public double MeanSquaredError() => MeanSquare(seen => _model.DecodeMean(_model.EncodeMean(seen)));

    /// <summary>The mean of (x − x̃)² over all pixels: the noise that the encoder sees. 0 without a corruption.</summary>
    public double MeanSquaredNoise() => MeanSquare(seen => seen);

    /// <summary>The sums of the terms over each batch of those that <see cref="ImageBatches.Each(int, int)"/> gives, and zeros.</summary>
    private void Measure(int first, int stride, Span<float> losses)
    {
        var noise = new RandomSource(_seed, RandomPurpose.EvaluationCode);
        foreach (View<float> x in _batches.Each(first, stride))
        {
            ForwardPass pass = _model.Forward(x, new CodeDraws(_batches.Counters, noise), _objectivePass);
            _device.Run(new SumTerms(pass.AllLosses, _batches.Counters, _losses));
        }
        _device.Download(_losses, losses);
        int terms = _losses.Columns;
        for (int batch = 0; batch < _batches.Batches; batch++)
        {
            if (batch % stride != first)
                losses.Slice(batch * terms, terms).Clear();
        }
    }

    /// <summary>The mean of (x − f(x̃))² over all pixels.</summary>
    private double MeanSquare(Func<View<float>, View<float>> f)
    {
        var noise = new RandomSource(_seed, RandomPurpose.EvaluationCode);
        var clean = new float[_batches.LargestBatch * _model.Dimensions];
        var others = new float[_batches.LargestBatch * _model.Dimensions];
        double sum = 0;
        using Lock.Scope turn = _turn.EnterScope();
        foreach (View<float> x in _batches.Each())
        {
            int length = (int)x.Length;
            _device.Download(x, clean.AsSpan(0, length));
            _device.Download(f(_model.Corrupt(x, _batches.Counters, noise)), others.AsSpan(0, length));
            for (int i = 0; i < length; i++)
            {
                if (i % _model.Dimensions >= _numbers)
                    continue;
                double difference = (double)clean[i] - others[i];
                sum += difference * difference;
            }
        }
        return sum / ((long)_batches.Count * _numbers);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _objectivePass?.Dispose();
        _batches.Dispose();
        _lossBuffer.Dispose();
    }
}
