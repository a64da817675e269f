namespace GpuVae.Training;

/// <summary>A place in a training, between two steps.</summary>
/// <param name="Epoch">From 1; the one that the last step was in.</param>
/// <param name="StepInEpoch">Steps done in it, at least 1.</param>
/// <param name="GlobalStep">Steps done since the start.</param>
/// <param name="Losses">(<paramref name="StepInEpoch"/>, R) what these steps lost, the sum over each batch.</param>
public sealed record TrainingPlace(int Epoch, int StepInEpoch, long GlobalStep, float[] Losses);
