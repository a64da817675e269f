using GpuVae.Bench.Workers;
using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Bench.Epochs;

/// <summary>Trains with this library.</summary>
internal sealed class GpuVaeRunner : IEpochRunner
{
    private readonly IDevice _device;
    private readonly Autoencoder _model;
    private readonly Trainer _trainer;
    private int _epoch;

    /// <summary>Puts data and model on the device.</summary>
    /// <param name="settings">What to train, and where.</param>
    /// <param name="wrap">Puts something between the model and its device.</param>
    /// <param name="ranks">Others that train with this one.</param>
    public GpuVaeRunner(EpochSettings settings, Func<IDevice, IDevice>? wrap = null, RankGroup? ranks = null)
    {
        RunConfiguration configuration = Configure(settings);
        configuration.Validate();
        ImageSet images = TrainingImages.Load(settings);
        IDevice device = BenchDevice.Open(settings.Device, settings.Threads, settings.Precision);
        _device = wrap is null ? device : wrap(device);
        _model = ModelBuilder.Build(configuration, _device, images.Shape, Math.Min(settings.Batch, images.Count));
        ModelBuilder.InitializeParameters(configuration, _device, _model, images);
        _trainer = new Trainer(
            _device, _model, configuration.CreateObjective(),
            images, new TrainerSettings(configuration.Batch, configuration.LearningRate, configuration.Seed), ranks);
    }

    /// <summary>Numbers that are learned.</summary>
    public long Parameters => _model.Parameters.Count;

    public int StepsPerEpoch => _trainer.StepsPerEpoch;

    public double RunEpoch()
    {
        _trainer.BeginEpoch(++_epoch);
        for (int step = 0; step < _trainer.StepsPerEpoch; step++)
            _trainer.Step();
        return _trainer.ReadLoss().Mean;
    }

    /// <summary>Does its part of what rank 0 does, to the end.</summary>
    public void Follow(RankGroup ranks)
    {
        for (RankCommand command = ranks.Follow(); command.Action != RankAction.End; command = ranks.Follow())
        {
            if (command.Action == RankAction.BeginEpoch)
                _trainer.BeginEpochAt(command.First, command.Second);
            else
                _trainer.Step();
        }
    }

    public void Dispose()
    {
        _trainer.Dispose();
        _model.Dispose();
        _device.Dispose();
    }

    /// <summary>The same in this library's words.</summary>
    internal static RunConfiguration Configure(EpochSettings settings)
    {
        var configuration = new RunConfiguration
        {
            Hidden = [.. settings.Hidden],
            Latent = settings.Latent,
            Activation = settings.Activation,
            Batch = settings.Batch,
            LearningRate = settings.LearningRate,
            Seed = (ulong)settings.Seed,
            Device = settings.Device,
        };
        return settings.Convolutional is not { } model ? configuration : configuration with
        {
            Network = model.Encoder,
            Decoder = model.Decoder,
            Latent = model.Latent,
            Activation = model.Activation,
            Code = model.IsVariational ? "diagonal" : "point",
            Objective = model.IsVariational ? "elbo" : "reconstruction",
            Beta = model.Beta,
            Likelihood = model.HasSquaredError ? "gaussian" : "bernoulli",
            Corruption = model.Noise > 0 ? "gaussian" : "none",
            Noise = model.Noise > 0 ? model.Noise : configuration.Noise,
            Initializer = model.StartsAsKeras ? "glorot" : "torch",
        };
    }
}
