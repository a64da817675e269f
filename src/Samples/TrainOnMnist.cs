using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Samples;

/// <summary>Trains a variational autoencoder on MNIST, as <c>gpuvae train</c> does, and says where its pictures are.</summary>
internal static class TrainOnMnist
{
    public static void Run(string[] args)
    {
        // 1. Where: the fastest device that is there. What with: 60,000 digits that come along.
        using IDevice device = Device.Open("auto");
        Dataset digits = Datasets.Mnist();

        // 2. What: a preset, which names five choices, and what differs from it.
        RunConfiguration configuration = RunConfiguration.FromPreset("vae") with
        {
            Latent = 2,
            Epochs = 1,
            Limit = args.Length > 0 ? int.Parse(args[0]) : null,
        };

        // 3. The folder that gets checkpoints, metrics and pictures.
        string path = Path.Combine(Path.GetTempPath(), $"gpuvae-{Guid.NewGuid():N}");
        RunFolder folder = RunFolder.Create(path, configuration.Preset, digits.Name, configuration.WriteJson);

        // 4. Train.
        RunResult result = TrainingRun.Execute(
            configuration, digits, device, folder.FullPath, new PrintedProgress(), CancellationToken.None);
        Console.WriteLine($"mean squared error of a pixel: {result.MeanSquaredError:F4}");
        Console.WriteLine($"pictures: {folder.ImagesPath}");
    }
}

/// <summary>Prints a line for each epoch.</summary>
internal sealed class PrintedProgress : ITrainingObserver
{
    public void Started(TrainingStart start) => Console.WriteLine($"{start.Model}, on {start.DeviceDescription}");

    public void EpochEnded(EpochMetrics metrics) =>
        Console.WriteLine($"epoch {metrics.Epoch}: {metrics.TrainLoss:F2} nats, test {metrics.TestLoss:F2}");
}
