using GpuVae.Bench.Workers;
using GpuVae.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using TorchSharp;
using TorchSharp.Modules;

namespace GpuVae.Bench.TorchSharp;

/// <summary>Trains in TorchSharp, on the CPU.</summary>
internal sealed class TorchSharpRunner : IEpochRunner
{
    private readonly EpochSettings _settings;
    private readonly Tensor _images; // (N, 784) in 0 … 1
    private readonly VariationalAutoencoder _model;
    private readonly Adam _optimizer;

    public TorchSharpRunner(EpochSettings settings)
    {
        _settings = settings;
        set_num_threads(settings.Threads);
        random.manual_seed(settings.Seed);
        ImageSet images = Datasets.Mnist().Train.Take(settings.Images);
        if (settings.WithoutZeros)
            BlackPixels.Lift(images.Pixels!);
        if (images.Count != settings.Images)
            throw new ArgumentException($"There are {images.Count} images, not {settings.Images}.", nameof(settings));
        using (Tensor bytes = empty(images.Count, images.Dimensions, ScalarType.Byte))
        {
            images.Pixels!.CopyTo(bytes.bytes);
            _images = bytes.to_type(ScalarType.Float32);
            _images.div_(255);
        }
        _model = new VariationalAutoencoder(images.Dimensions, settings.Hidden, settings.Latent, settings.Activation);
        _optimizer = optim.Adam(_model.parameters(), settings.LearningRate);
        _model.train();
    }

    public double RunEpoch()
    {
        using DisposeScope epoch = NewDisposeScope();
        Tensor order = randperm(_settings.Images, ScalarType.Int64);
        bool gatherOnce = _settings.Gather == "epoch";
        Tensor sorted = gatherOnce ? _images.index_select(0, order) : _images;
        double sum = 0;
        for (int first = 0; first < _settings.Images; first += _settings.Batch)
        {
            using DisposeScope step = NewDisposeScope();
            int rows = Math.Min(_settings.Batch, _settings.Images - first);
            Tensor x = gatherOnce ? sorted.narrow(0, first, rows) : _images.index_select(0, order.narrow(0, first, rows));
            sum += Step(x, rows);
        }
        return sum / _settings.Images;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _model.Dispose();
        _images.Dispose();
    }

    private double Step(Tensor x, int rows)
    {
        (Tensor logits, Tensor mean, Tensor logVariance) = _model.forward(x);
        Tensor reconstruction = functional.binary_cross_entropy_with_logits(logits, x, reduction: Reduction.Sum);
        Tensor divergence = (1 + logVariance - mean.square() - logVariance.exp()).sum() * -0.5;
        Tensor loss = (reconstruction + divergence) / rows;
        _optimizer.zero_grad();
        loss.backward();
        _optimizer.step();
        return (double)loss.item<float>() * rows;
    }
}
