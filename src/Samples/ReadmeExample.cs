using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Samples;

/// <summary>The README's example, which a test compares with this file line by line.</summary>
internal static class ReadmeExample
{
    public static RunResult Run(ITrainingObserver observer)
    {
        using IDevice device = Device.Open("auto");
        Dataset data = Datasets.Mnist();
        RunConfiguration configuration = RunConfiguration.FromPreset("vae") with { Latent = 10, Epochs = 5 };
        RunFolder folder = RunFolder.Create("runs/mine", configuration.Preset, data.Name, configuration.WriteJson);
        RunResult result = TrainingRun.Execute(
            configuration, data, device, folder.FullPath, observer, CancellationToken.None);
        return result;
    }
}
