namespace GpuVae.Training;

/// <summary>The same α always.</summary>
/// <param name="rate">α.</param>
public sealed class ConstantRate(double rate) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double RateAt(int epoch, double fraction) => rate;
}
