namespace GpuVae.Training;

/// <summary>
/// Half a cosine from α to a last α′ over all epochs: α′ + ½ (α − α′)(1 + cos πt), t the part of the training that is
/// done (Loshchilov and Hutter 2017, equation 5, without restarts). It changes with every step.
/// </summary>
/// <param name="rate">α of the first step.</param>
/// <param name="finalRate">α′, which the step after the last would have.</param>
/// <param name="epochs">Epochs of the whole training.</param>
public sealed class CosineRate(double rate, double finalRate, int epochs) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double RateAt(int epoch, double fraction)
    {
        double done = Math.Min(1, (epoch - 1 + fraction) / epochs);
        return finalRate + (0.5 * (rate - finalRate) * (1 + Math.Cos(Math.PI * done)));
    }
}
