namespace GpuVae.Runs;

/// <summary>Adam's α as training goes on. A pure function, so that a resumed run needs nothing of it but the step.</summary>
public interface ILearningRateSchedule
{
    /// <summary>α at a step.</summary>
    /// <param name="epoch">The epoch that the step is in, from 1.</param>
    /// <param name="fraction">How much of this epoch is done before the step, from 0 to below 1.</param>
    double RateAt(int epoch, double fraction);
}

/// <summary>The same α always.</summary>
/// <param name="rate">α.</param>
public sealed class ConstantRate(double rate) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double RateAt(int epoch, double fraction) => rate;
}

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

/// <summary>The names by which a person chooses how the learning rate changes.</summary>
public static class LearningRateSchedules
{
    /// <summary>What each name makes of a configuration.</summary>
    public static IReadOnlyDictionary<string, Func<RunConfiguration, ILearningRateSchedule>> All { get; } =
        new Dictionary<string, Func<RunConfiguration, ILearningRateSchedule>>
        {
            ["constant"] = configuration => new ConstantRate(configuration.LearningRate),
            ["steps"] = configuration => new SteppedRate(configuration.LearningRate, configuration.RateSteps),
            ["cosine"] = configuration =>
                new CosineRate(configuration.LearningRate, configuration.FinalLearningRate, configuration.Epochs),
        };
}
