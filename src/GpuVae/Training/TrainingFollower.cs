using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>A rank behind the first: it does its part of what rank 0 does, and writes and says nothing.</summary>
public static class TrainingFollower
{
    /// <summary>Follows rank 0, which is in <see cref="TrainingRun.Execute"/> or <see cref="TrainingRun.Resume"/>, to the end.</summary>
    /// <param name="ranks">All of them; this one is not the first.</param>
    /// <param name="open">Opens the data of a configuration, which is rank 0's, as they are before the choice of classes; and the device.</param>
    /// <exception cref="RankFailedException">Another rank failed.</exception>
    /// <exception cref="UserException">This one did; the others were told.</exception>
    public static void Run(RankGroup ranks, Func<RunConfiguration, (Dataset Data, IDevice Device)> open)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        ArgumentNullException.ThrowIfNull(open);
        RankCommand first = ranks.Follow();
        if (first.Action == RankAction.End)
            return;
        var json = new byte[first.First];
        ranks.Broadcast<byte>(json);
        IDevice? device = null;
        TrainingSetup? setup = null;
        try
        {
            ranks.Gather(0, _ =>
            {
                RunConfiguration configuration = RunConfigurationJson.Read(json, "the configuration of rank 0");
                (Dataset data, device) = open(configuration);
                data = TrainingSets.Select(configuration, data);
                RequireSame(configuration, data);
                setup = new TrainingSetup(configuration, data, device, ranks);
            });
            while (Do(setup!, ranks.Follow()))
            {
            }
        }
        finally
        {
            setup?.Dispose();
            device?.Dispose();
        }
    }

    /// <returns>Whether there is more to come.</returns>
    private static bool Do(TrainingSetup setup, RankCommand command)
    {
        switch (command.Action)
        {
            case RankAction.Synchronize:
                setup.Synchronize();
                return true;
            case RankAction.BeginEpoch:
                setup.Trainer.BeginEpochAt(command.First, command.Second);
                return true;
            case RankAction.Step:
                setup.Trainer.Step();
                return true;
            case RankAction.Compare:
                setup.RequireSameParameters();
                return true;
            case RankAction.Evaluate:
                setup.Evaluator.Loss();
                return true;
            case RankAction.End:
                return false;
            default:
                throw new InvalidOperationException($"Rank 0 asks for {command.Action} in the middle of a training.");
        }
    }

    private static void RequireSame(RunConfiguration configuration, Dataset data)
    {
        if (configuration.DataFingerprint is string expected && DataFingerprint.Compute(data) != expected)
        {
            throw new UserException(
                $"{configuration.DataPath ?? configuration.Data}: holds other examples than rank 0 has; every machine needs the same data");
        }
    }
}
