namespace GpuVae.Training;

/// <summary>What is known after an epoch; losses in nats per image, of which less is better.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="TrainLoss">The mean loss of the epoch's steps, each measured before it changed the parameters.</param>
/// <param name="TestLoss">The loss of the test set after the epoch.</param>
/// <param name="Reconstruction">The test set's −log p(x | z).</param>
/// <param name="Kl">The test set's KL(q(z | x) ‖ p(z)), unweighted; 0 for a code without one.</param>
/// <param name="Seconds">Time of the training alone, without evaluation, pictures and files.</param>
/// <param name="ImagesPerSecond">Training images per second.</param>
public sealed record EpochMetrics(
    int Epoch, double TrainLoss, double TestLoss, double Reconstruction, double Kl, double Seconds,
    double ImagesPerSecond);
