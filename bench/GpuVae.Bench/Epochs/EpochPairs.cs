using GpuVae.Bench.Reports;
using GpuVae.Bench.Workers;

namespace GpuVae.Bench.Epochs;

/// <summary>The epochs of one library at one model and batch.</summary>
/// <param name="FirstLoss">The first epoch's.</param>
/// <param name="Seconds">Of the epochs after it.</param>
/// <param name="PeakMemory">Of its process, in bytes.</param>
internal sealed record EpochSeries(double FirstLoss, IReadOnlyList<double> Seconds, long PeakMemory)
{
    /// <summary>The middle epoch's seconds.</summary>
    public double Median => Statistics.Median(Seconds);
}

/// <summary>Measures one cell of the table: epochs of both libraries, in turn.</summary>
internal static class EpochPairs
{
    // TorchSharp's threads spin for a while after their last work before they sleep.
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(300);

    // Long enough to tell which way is faster, short beside an epoch.
    private const int TuningImages = 6_000;

    /// <summary>
    /// Warms both up with an epoch and takes the time of <paramref name="pairs"/> more of each, in turn. Each process
    /// is new, so that its peak of memory is this cell's.
    /// </summary>
    /// <param name="settings">What to train.</param>
    /// <param name="pairs">Epochs of each.</param>
    /// <param name="torchSharp">The assembly of the worker with TorchSharp, or null where there is none.</param>
    /// <param name="returnsMemory">See <see cref="WorkerProcess.StartTorchSharp"/>.</param>
    public static (EpochSeries Ours, EpochSeries? Theirs, EpochSettings TheirSettings) Measure(
        EpochSettings settings, int pairs, string? torchSharp, bool returnsMemory)
    {
        // Convolutions are faster with all cores always, and what picking images takes is nothing beside them.
        bool isTuned = torchSharp is not null && settings.Convolutional is null;
        EpochSettings theirSettings = isTuned ? FindFastest(torchSharp!, settings, returnsMemory) : settings;
        using WorkerProcess ours = WorkerProcess.StartGpuVae();
        using WorkerProcess? theirs = torchSharp is null ? null : WorkerProcess.StartTorchSharp(torchSharp, returnsMemory);
        ours.Configure(settings);
        EpochResult ourResult = ours.RunEpoch();
        double ourLoss = ourResult.Loss;

        EpochResult? theirResult = null;
        if (theirs is not null)
        {
            theirs.Configure(theirSettings);
            theirResult = theirs.RunEpoch();
        }
        double? theirLoss = theirResult?.Loss;

        var ourSeconds = new List<double>();
        var theirSeconds = new List<double>();
        for (int pair = 0; pair < pairs; pair++)
        {
            Thread.Sleep(_pause);
            ourResult = ours.RunEpoch();
            ourSeconds.Add(ourResult.Seconds);
            if (theirs is null)
                continue;
            Thread.Sleep(_pause);
            theirResult = theirs.RunEpoch();
            theirSeconds.Add(theirResult.Seconds);
        }
        return (
            new EpochSeries(ourLoss, ourSeconds, ourResult.PeakMemory),
            theirResult is null ? null : new EpochSeries(theirLoss!.Value, theirSeconds, theirResult.PeakMemory),
            theirSettings);
    }

    /// <summary>TorchSharp at its best: with all cores or one, images picked by the step or by the epoch.</summary>
    private static EpochSettings FindFastest(string torchSharp, EpochSettings settings, bool returnsMemory)
    {
        using WorkerProcess worker = WorkerProcess.StartTorchSharp(torchSharp, returnsMemory);
        int images = Math.Min(settings.Images, Math.Max(TuningImages, settings.Batch));
        EpochSettings fastest = settings;
        double least = double.PositiveInfinity;
        foreach (int threads in new SortedSet<int> { settings.Threads, 1 })
        {
            foreach (string gather in (string[])["step", "epoch"])
            {
                EpochSettings candidate = settings with { Threads = threads, Gather = gather };
                worker.Configure(candidate with { Images = images });
                worker.RunEpoch();
                double seconds = Math.Min(worker.RunEpoch().Seconds, worker.RunEpoch().Seconds);
                if (seconds < least)
                    (fastest, least) = (candidate, seconds);
            }
        }
        return fastest;
    }
}
