namespace GpuVae.Runs;

/// <summary>What keeps a run from going on under another configuration.</summary>
public static class RunDifference
{
    /// <summary>Refuses a configuration under which a run would not end as if it had never stopped.</summary>
    /// <param name="run">What it began with.</param>
    /// <param name="asked">What it is to go on with.</param>
    /// <param name="source">Where <paramref name="run"/> stands, for the message.</param>
    /// <exception cref="UserException">They differ; the message names the first difference.</exception>
    public static void Require(RunConfiguration run, RunConfiguration asked, string source)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(asked);
        if (run.DataFingerprint is string before && asked.DataFingerprint is string after && before != after)
        {
            throw new UserException(
                $"--data {asked.Data}: not the images that the run began with (fingerprint {after}, and {before} in "
                + $"{source}); give the data set of before with --data");
        }
        foreach (Setting setting in Settings.InJson)
        {
            if (!setting.MayChange && !setting.IsEqual(run, asked))
            {
                throw new UserException(
                    $"{setting.Option} {setting.Text(asked)}: the run began with {setting.Text(run)} ({source}), and goes "
                    + "on as it began; start another run for another choice");
            }
        }
        if (asked.Epochs < run.Epochs)
        {
            throw new UserException(
                $"--epochs {asked.Epochs}: the run is to have {run.Epochs} ({source}); they may only become more");
        }
        ILearningRateSchedule rates = run.TrainerSettings.Schedule, newRates = asked.TrainerSettings.Schedule;
        if (Enumerable.Range(1, run.Epochs).Any(epoch => rates.RateAt(epoch, 0.5) != newRates.RateAt(epoch, 0.5)))
        {
            throw new UserException(
                $"--epochs {asked.Epochs}: the learning rates of the run were made for {run.Epochs} epochs ({source}); "
                + "start another run for more");
        }
    }

    /// <summary>Whether two configurations are written the same.</summary>
    public static bool AreEqual(RunConfiguration one, RunConfiguration other) =>
        Settings.InJson.All(setting => setting.IsEqual(one, other));
}
