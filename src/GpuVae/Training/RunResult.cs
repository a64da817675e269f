namespace GpuVae.Training;

/// <summary>What a run came to.</summary>
/// <param name="Epochs">The epochs, the last of which may be cut short.</param>
/// <param name="Interrupted">True if it was stopped before its last epoch's end.</param>
/// <param name="MeanSquaredError">Per pixel, of the test set's reconstructions from their mean codes.</param>
/// <param name="StepExecution">How the device ran the training steps, for a person.</param>
/// <param name="Files">Paths of what was written.</param>
public sealed record RunResult(
    IReadOnlyList<EpochMetrics> Epochs, bool Interrupted, double MeanSquaredError, string StepExecution,
    IReadOnlyList<string> Files);
