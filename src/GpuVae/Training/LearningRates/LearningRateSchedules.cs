namespace GpuVae.Training;

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
