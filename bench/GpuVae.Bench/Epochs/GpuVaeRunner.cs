using GpuVae.Bench.Workers;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Training;

namespace GpuVae.Bench.Epochs;

/// <summary>Trains with this library.</summary>
internal sealed class GpuVaeRunner : IEpochRunner
{
    private readonly IBackend _backend;
    private readonly Autoencoder _model;
    private readonly Trainer _trainer;
    private int _epoch;

    public GpuVaeRunner(EpochSettings settings)
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
        configuration.Validate();
        ImageSet images = Repeat(Datasets.Mnist().Train, settings.Images);
        _backend = Backend.Open(settings.Device, settings.Threads, settings.Precision);
        _model = TrainingRun.Build(configuration, _backend, images.Dimensions, Math.Min(settings.Batch, images.Count));
        _model.Parameters.Initialize(configuration.Seed);
        _trainer = new Trainer(
            _backend, _model, Choices.Find("--objective", configuration.Objective, Choices.Objectives)(configuration.Beta),
            images, new TrainerSettings(configuration.Batch, configuration.LearningRate, configuration.Seed));
    }

    public double RunEpoch()
    {
        _trainer.BeginEpoch(++_epoch);
        for (int step = 0; step < _trainer.StepsPerEpoch; step++)
            _trainer.Step();
        return _trainer.ReadLoss().Mean;
    }

    public void Dispose()
    {
        _trainer.Dispose();
        _model.Dispose();
        _backend.Dispose();
    }

    /// <summary>The first <paramref name="count"/> images, from the start again where there are not so many.</summary>
    private static ImageSet Repeat(ImageSet images, int count)
    {
        if (count <= images.Count)
            return images.Take(count);
        var pixels = new byte[(long)count * images.Dimensions];
        for (long first = 0; first < pixels.LongLength; first += images.Pixels.Length)
        {
            long length = Math.Min(images.Pixels.Length, pixels.LongLength - first);
            Array.Copy(images.Pixels, 0, pixels, first, length);
        }
        return new ImageSet(pixels, labels: null, images.Height, images.Width);
    }
}
