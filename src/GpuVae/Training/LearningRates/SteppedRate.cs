namespace GpuVae.Training;

/// <summary>A learning rate from the start of an epoch on.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Rate">α in this epoch and those after it, up to the next such step.</param>
public readonly record struct RateStep(int Epoch, double Rate);

/// <summary>α that changes at the start of some epochs and stays the same in between.</summary>
/// <param name="rate">α before the first of <paramref name="steps"/>.</param>
/// <param name="steps">In the order of their epochs.</param>
public sealed class SteppedRate(double rate, IReadOnlyList<RateStep> steps) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double RateAt(int epoch, double fraction)
    {
        double current = rate;
        foreach (RateStep step in steps)
        {
            if (step.Epoch > epoch)
                break;
            current = step.Rate;
        }
        return current;
    }
}
