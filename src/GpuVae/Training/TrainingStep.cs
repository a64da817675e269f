using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>What a step of training asks of the device: the same each time for the same rows of a batch.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly IDevice _device;
    private readonly Autoencoder _model;
    private readonly TrainerSettings _settings;
    private readonly EpochPlan _plan;
    private readonly IObjectivePass? _objective;
    private readonly DeviceImages _images;
    private readonly DeviceBuffer<float> _xBuffer;
    private readonly DeviceBuffer<float> _lossBuffer;
    private readonly DeviceBuffer<float> _squaredNorm; // (1, 1)
    private readonly Parameter[] _decaying;
    private readonly View<float> _x; // (batch, D)

    /// <summary>Uploads the images.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="model">What is trained.</param>
    /// <param name="objective">The objective's part of a pass, or null.</param>
    /// <param name="terms">Terms of the loss.</param>
    /// <param name="images">On what.</param>
    /// <param name="settings">How.</param>
    /// <param name="plan">Order, schedule and counters.</param>
    /// <param name="windows">Of images that stay in their file.</param>
    /// <param name="rows">The largest batch.</param>
    public TrainingStep(
        IDevice device, Autoencoder model, IObjectivePass? objective, int terms, ImageSet images, TrainerSettings settings,
        EpochPlan plan, WindowOrder? windows, int rows)
    {
        _device = device;
        _model = model;
        _objective = objective;
        _settings = settings;
        _plan = plan;
        _images = new DeviceImages(device, images, windows);
        _xBuffer = device.Allocate<float>((long)rows * images.Dimensions);
        _lossBuffer = device.Allocate<float>((long)plan.Steps * terms);
        _squaredNorm = device.Allocate<float>(1);
        _x = _xBuffer.AsMatrix(rows, images.Dimensions);
        Losses = _lossBuffer.AsMatrix(plan.Steps, terms);
        // Only weights decay: a bias, or a scale, does no harm by being large.
        _decaying = settings.WeightDecay > 0
            ? [.. model.Parameters.Parameters.Where(parameter => parameter.Shape.IsWeight)]
            : [];
    }

    /// <summary>(steps, R), sums over each batch.</summary>
    public View<float> Losses { get; }

    /// <summary>‖∂L/∂θ‖² of the last step before it was clipped (1, 1).</summary>
    public View<float> SquaredNorm => _squaredNorm.AsVector();

    /// <summary>The images of this step, and those of the steps after it that are read with them.</summary>
    public DeviceImages Images => _images;

    private Adam Adam => new(
        _model.Parameters.Gradients, _plan.Rows, _plan.Counters, _settings.Adam, _model.Parameters.FirstMoments,
        _model.Parameters.SecondMoments, _model.Parameters.Values);

    /// <summary>All of it, on a batch of so many images.</summary>
    public void Run(int rows)
    {
        ForwardPass pass = Differentiate(new BatchSlice(0, rows));
        LimitGradient();
        _device.Run(new EndStep(new SumTerms(pass.AllLosses, _plan.Counters, Losses), Adam));
    }

    /// <summary>The gradient of a slice's own mean loss, and the sum of its losses.</summary>
    /// <param name="slice">The rows.</param>
    /// <param name="afterDecoder">Called where the gradients of the decoder are done, and others not; null for nothing.</param>
    public void RunGradient(BatchSlice slice, Action? afterDecoder)
    {
        ForwardPass pass = Differentiate(slice, afterDecoder);
        _device.Run(new SumTerms(pass.AllLosses, _plan.Counters, Losses));
    }

    /// <summary>A step down the gradient that is there then.</summary>
    public void RunUpdate()
    {
        LimitGradient();
        _device.Run(Adam);
        _device.Run(new Advance(_plan.Counters));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _images.Dispose();
        _xBuffer.Dispose();
        _lossBuffer.Dispose();
        _squaredNorm.Dispose();
    }

    private ForwardPass Differentiate(BatchSlice slice, Action? afterDecoder = null)
    {
        View<int> counters = _plan.Counters, order = _plan.OrderFrom(slice.First);
        View<float> x = _x.RowRange(0, slice.Count);

        // 1. The next images in the order of this epoch, as numbers.
        RandomSource pixels = new RandomSource(_settings.Seed, RandomPurpose.TrainingPixels).From((long)slice.First * x.Columns);
        if (_settings.Augmentation == default)
        {
            _images.Gather(order, counters, _settings.Batch, _settings.Encoding, pixels, x);
        }
        else
        {
            // An image has a block of its own.
            var moves = new RandomSource(_settings.Seed, RandomPurpose.TrainingAugmentation, (uint)slice.First);
            _images.GatherAugmented(
                order, counters, _settings.Batch, _settings.Encoding, pixels, _settings.Augmentation, moves, x);
        }

        // 2. Their loss.
        var draws = new CodeDraws(
            counters, new RandomSource(_settings.Seed, RandomPurpose.TrainingCode), order, _settings.Batch, slice.First);
        ForwardPass pass = _model.Forward(x, draws, _objective);

        // 3. Its gradient.
        _model.BackwardDecoder(pass);
        afterDecoder?.Invoke();
        _model.BackwardEncoder(pass, _plan.Rows, counters);
        return pass;
    }

    private void LimitGradient()
    {
        View<float> gradients = _model.Parameters.Gradients;
        if (_settings.ClipNorm > 0)
        {
            _device.Run(new SumSquares(gradients, SquaredNorm));
            _device.Run(new ClipNorm(SquaredNorm, (float)_settings.ClipNorm, gradients));
        }
        foreach (Parameter weight in _decaying)
            _device.Run(new DecayWeights(_plan.Rows, _plan.Counters, weight.Value));
    }
}
