using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Tests.Training;

/// <summary>Keeps what it is told, and calls back on progress.</summary>
internal sealed class RecordingObserver(Action<TrainingProgress>? onProgress = null) : ITrainingObserver
{
    public List<TrainingStart> Starts { get; } = [];

    public List<TrainingProgress> Reports { get; } = [];

    public List<EpochMetrics> Epochs { get; } = [];

    public void Started(TrainingStart start) => Starts.Add(start);

    public void Progress(TrainingProgress progress)
    {
        Reports.Add(progress);
        onProgress?.Invoke(progress);
    }

    public void EpochEnded(EpochMetrics metrics) => Epochs.Add(metrics);
}
