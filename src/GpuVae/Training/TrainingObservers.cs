using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>Tells several observers of a training, one after the other.</summary>
/// <param name="observers">In the order in which they are told.</param>
public sealed class TrainingObservers(params IReadOnlyList<ITrainingObserver> observers) : ITrainingObserver
{
    /// <inheritdoc/>
    public void Started(TrainingStart start) => Tell(observer => observer.Started(start));

    /// <inheritdoc/>
    public void Progress(TrainingProgress progress) => Tell(observer => observer.Progress(progress));

    /// <inheritdoc/>
    public void CodesMeasured(EpochCodes codes) => Tell(observer => observer.CodesMeasured(codes));

    /// <inheritdoc/>
    public void EpochEnded(EpochMetrics metrics) => Tell(observer => observer.EpochEnded(metrics));

    private void Tell(Action<ITrainingObserver> what)
    {
        foreach (ITrainingObserver observer in observers)
            what(observer);
    }
}
