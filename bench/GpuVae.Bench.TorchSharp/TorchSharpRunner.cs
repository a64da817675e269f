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
    private readonly Tensor _images; // (N, 784) in 0 … 1, or (N, C, H, W) for convolutions
    private readonly Autoencoder _model;
    private readonly Adam _optimizer;

    public TorchSharpRunner(EpochSettings settings)
    {
        _settings = settings;
        set_num_threads(settings.Threads);
        random.manual_seed(settings.Seed);
        ImageSet images = TrainingImages.Load(settings);
        using (Tensor bytes = empty(images.Count, images.Dimensions, ScalarType.Byte))
        {
            images.Pixels!.CopyTo(bytes.bytes);
            _images = ToFloats(bytes, images, areMaps: settings.Convolutional is not null);
        }
        _model = Autoencoder.Create(images.Dimensions, settings);
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
        return (sum / _settings.Images) + Constant();
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _model.Dispose();
        _images.Dispose();
    }

    /// <summary>What the squared error leaves out of −log p of a normal distribution.</summary>
    private double Constant() => _settings.Convolutional is { HasSquaredError: true }
        ? 0.5 * _images.shape.Skip(1).Aggregate(1L, (product, side) => product * side) * Math.Log(2 * Math.PI)
        : 0;

    private static Tensor ToFloats(Tensor bytes, ImageSet images, bool areMaps)
    {
        using DisposeScope scope = NewDisposeScope();
        // Channels of a pixel lie side by side; PyTorch has a map for each channel.
        Tensor ordered = areMaps
            ? bytes.reshape(images.Count, images.Height, images.Width, images.Channels).permute(0, 3, 1, 2).contiguous()
            : bytes;
        return ordered.to_type(ScalarType.Float32).div_(255).MoveToOuterDisposeScope();
    }

    private double Step(Tensor x, int rows)
    {
        (Tensor outputs, Tensor? mean, Tensor? logVariance) = _model.forward(Corrupt(x));
        Tensor loss = Reconstruction(outputs, x);
        if (mean is not null)
        {
            Tensor divergence = (1 + logVariance! - mean.square() - logVariance!.exp()).sum() * -0.5;
            loss += divergence * (_settings.Convolutional?.Beta ?? 1);
        }
        loss /= rows;
        _optimizer.zero_grad();
        loss.backward();
        _optimizer.step();
        return (double)loss.item<float>() * rows;
    }

    private Tensor Corrupt(Tensor x) => _settings.Convolutional is { Noise: > 0 and double noise }
        ? (x + (noise * randn_like(x))).clamp_(0, 1)
        : x;

    private Tensor Reconstruction(Tensor outputs, Tensor x) => _settings.Convolutional is { HasSquaredError: true }
        ? 0.5 * functional.mse_loss(outputs, x, Reduction.Sum)
        : functional.binary_cross_entropy_with_logits(outputs, x, reduction: Reduction.Sum);
}
