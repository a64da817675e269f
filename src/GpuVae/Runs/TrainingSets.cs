using GpuVae.Data;

namespace GpuVae.Runs;

/// <summary>Which examples of a data set a run trains on and is measured by.</summary>
public static class TrainingSets
{
    /// <summary>
    /// The training and test examples of the classes to train on, and of the training examples the first so many. What
    /// has been selected once is not changed by selecting again.
    /// </summary>
    /// <param name="configuration">What says so: <see cref="RunConfiguration.TrainLabels"/> and <c>Limit</c>.</param>
    /// <param name="data">All examples.</param>
    /// <exception cref="UserException">The data has no such class.</exception>
    public static Dataset Select(RunConfiguration configuration, Dataset data)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(data);
        ImageSet train = data.Train, test = data.Test;
        if (configuration.TrainLabels.Length > 0)
        {
            train = ClassSelection.Keep(train, configuration.TrainLabels, "--train-labels");
            test = ClassSelection.Keep(test, configuration.TrainLabels, "--train-labels");
        }
        return data with { Train = configuration.Limit is int limit ? train.Take(limit) : train, Test = test };
    }
}
