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

    /// <summary>
    /// Refuses a <c>config.json</c> that is not what the weights were trained with, as the checksummed copy beside them tells:
    /// one of the two was changed, or belongs to another run. More epochs may be asked for than were trained.
    /// </summary>
    /// <param name="trained">The copy that lies with the weights.</param>
    /// <param name="weights">Their file.</param>
    /// <param name="stated">What <c>config.json</c> says.</param>
    /// <param name="source">Its path.</param>
    /// <exception cref="UserException">They differ; the message names the first difference.</exception>
    public static void RequireSame(RunConfiguration trained, string weights, RunConfiguration stated, string source)
    {
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(stated);
        foreach (Setting setting in Settings.InJson)
        {
            bool isLater = setting.Name == nameof(RunConfiguration.Epochs) ? stated.Epochs >= trained.Epochs
                : setting.Name == nameof(RunConfiguration.DataFingerprint)
                    ? stated.DataFingerprint is null || trained.DataFingerprint is null
                : setting.MayChange;
            if (setting.IsComputed || isLater || setting.IsEqual(trained, stated))
                continue;
            string before = setting.Text(trained), now = setting.Text(stated);
            // Long lists, as of a table's scales, are cut to what may well be equal.
            string difference = before != now
                ? $"{setting.Key} is {now}, and {before} in {weights}"
                : $"{setting.Key} is not what it is in {weights}";
            throw new UserException(
                $"{source}: {difference}: one of the two was changed or is another run's; put back what the weights were "
                + "trained with (for another choice train another run), or the weights of this run");
        }
    }

    /// <summary>Whether two configurations are written the same.</summary>
    public static bool AreEqual(RunConfiguration one, RunConfiguration other) =>
        Settings.InJson.All(setting => setting.IsEqual(one, other));
}
