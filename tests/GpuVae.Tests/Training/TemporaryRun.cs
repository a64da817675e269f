using GpuVae.Cases.Reference;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Training;

namespace GpuVae.Tests.Training;

/// <summary>Runs on small images in a folder that is gone afterwards.</summary>
/// <param name="defaultDevice">Where they train; null for the reference, which keeps more bits than a checkpoint.</param>
internal sealed class TemporaryRun(IDevice? defaultDevice = null) : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("gpuvae-run-").FullName;

    public string Path => System.IO.Path.Combine(_parent, "run");

    public RunFolder Folder => RunFolder.Open(Path);

    public RecordingObserver Observer { get; private set; } = new();

    /// <summary>What Ctrl-C would pull.</summary>
    public CancellationTokenSource Cancellation { get; private set; } = new();

    /// <summary>21 training images and 13 test images.</summary>
    public static Dataset Data { get; } =
        new("small", SmallModels.Images(21, seed: 1), SmallModels.Images(13, seed: 2));

    /// <summary>A small model of a preset: 6 steps an epoch, the last with one image; pictures of each epoch, however slow the machine is.</summary>
    public static RunConfiguration Small(string preset) =>
        RunConfiguration.FromPreset(preset) with { Hidden = [8], Latent = 3, Batch = 4, Epochs = 2, Pictures = "all" };

    public RunResult Execute(
        RunConfiguration configuration, IDevice? device = null, Action<TrainingProgress>? onProgress = null,
        Dataset? data = null)
    {
        Observer = new RecordingObserver(onProgress);
        RunFolder.Create(Path, configuration.Preset, (data ?? Data).Name, configuration.WriteJson);
        return TrainingRun.Execute(
            configuration, data ?? Data, device ?? defaultDevice ?? new ReferenceDevice(), Path, Observer,
            Cancellation.Token);
    }

    /// <summary>Stops at the progress after that step, as Ctrl-C would.</summary>
    public void ExecuteUntil(RunConfiguration configuration, int epoch, int step, Dataset? data = null)
    {
        Execute(
            configuration, data: data, onProgress: progress =>
            {
                if (progress.Epoch == epoch && progress.Step == step)
                    Cancellation.Cancel();
            });
        Cancellation.Dispose();
        Cancellation = new CancellationTokenSource();
    }

    /// <summary>Goes on with what is in the folder.</summary>
    public RunResult Resume(
        RunConfiguration configuration, IDevice? device = null, Action<TrainingProgress>? onProgress = null,
        Dataset? data = null)
    {
        Observer = new RecordingObserver(onProgress);
        return TrainingRun.Resume(
            configuration, data ?? Data, device ?? defaultDevice ?? new ReferenceDevice(), Path, Observer,
            Cancellation.Token);
    }

    public void Dispose()
    {
        Cancellation.Dispose();
        Directory.Delete(_parent, recursive: true);
    }
}
