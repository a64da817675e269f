namespace GpuVae.Imaging;

/// <summary>The losses after an epoch, for a plot.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="TrainLoss">In nats per image.</param>
/// <param name="TestLoss">In nats per image.</param>
public readonly record struct LossPoint(int Epoch, double TrainLoss, double TestLoss);
