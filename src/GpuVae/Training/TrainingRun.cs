using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>A run from a configuration to files.</summary>
public static class TrainingRun
{
    /// <summary>Trains, and writes everything but <c>config.json</c> into a run folder.</summary>
    /// <param name="configuration">What to train.</param>
    /// <param name="data">Images to train with and to measure by.</param>
    /// <param name="device">Where.</param>
    /// <param name="folder">A folder that <see cref="RunFolder.Create"/> has made: it holds the configuration.</param>
    /// <param name="observer">Is told how it goes.</param>
    /// <param name="cancellation">
    /// Ends the training after the step at hand, with a checkpoint there; <see cref="Resume"/> continues from it.
    /// </param>
    /// <param name="maxTime">The same after so much time.</param>
    /// <param name="ranks">
    /// Other processes that train with this one, which is the first of them; they are in <see cref="TrainingFollower.Run"/>. Null for
    /// none.
    /// </param>
    /// <exception cref="UserException">
    /// The configuration cannot be trained, a file cannot be written, or another process trains in this folder.
    /// </exception>
    /// <exception cref="DivergedException">
    /// A loss, gradient or parameter stopped being finite; the last good checkpoint stays.
    /// </exception>
    public static RunResult Execute(
        RunConfiguration configuration, Dataset data, IDevice device, string folder, ITrainingObserver observer,
        CancellationToken cancellation, TimeSpan? maxTime = null, RankGroup? ranks = null)
    {
        configuration.Validate();
        RunFolder runFolder = RunFolder.Open(folder);
        using var taken = RunLock.Acquire(runFolder.LockPath);
        // Without what the pipeline found, other data could not take the same way into the model.
        RunConfiguration complete = configuration.For(data, choosesLikelihood: true);
        if (!RunDifference.AreEqual(complete, configuration))
            runFolder.WriteConfiguration(complete);
        configuration = complete;
        using var run = new TrainingLoop(configuration, data, device, runFolder, observer, maxTime, ranks);
        Tell(run, taken);
        return run.RunToEnd(cancellation);
    }

    /// <summary>
    /// Resumes a run from its last good checkpoint, and ends as if it had never stopped: with the same bits on the
    /// same device. A run that was stopped before its first checkpoint begins again.
    /// </summary>
    /// <param name="configuration">
    /// That of <c>config.json</c>; epochs may be more, and it may be saved or given up at other times.
    /// </param>
    /// <param name="data">The images that it began with.</param>
    /// <param name="device">Where.</param>
    /// <param name="folder">The run.</param>
    /// <param name="observer">Is told how it goes.</param>
    /// <param name="cancellation">As for <see cref="Execute"/>.</param>
    /// <param name="maxTime">Counts from now.</param>
    /// <param name="ranks">As for <see cref="Execute"/>; they need not be as many as before.</param>
    /// <exception cref="UserException">
    /// The configuration or the data are not those of the run, the folder holds nothing to resume from, a file cannot
    /// be written, or another process trains there.
    /// </exception>
    /// <exception cref="DivergedException">As for <see cref="Execute"/>.</exception>
    public static RunResult Resume(
        RunConfiguration configuration, Dataset data, IDevice device, string folder, ITrainingObserver observer,
        CancellationToken cancellation, TimeSpan? maxTime = null, RankGroup? ranks = null)
    {
        configuration.Validate();
        RunFolder runFolder = RunFolder.Open(folder);
        using var taken = RunLock.Acquire(runFolder.LockPath);
        RunConfiguration began = runFolder.ReadConfiguration();
        RunDifference.Require(began, configuration, runFolder.ConfigurationPath);
        var last = LastCheckpoint.Find(runFolder);
        if (last is not null)
        {
            RunDifference.Require(
                last.File.Configuration, configuration with { Epochs = Math.Max(configuration.Epochs, began.Epochs) },
                runFolder.CheckpointPath);
        }
        runFolder.DeleteTemporaryFiles();
        // Where the data lie and which version began it stay as they were: equal runs, equal files.
        configuration = configuration with
        {
            Data = began.Data,
            GpuvaeVersion = began.GpuvaeVersion,
            DataFingerprint = began.DataFingerprint ?? configuration.DataFingerprint,
        };
        if (!RunDifference.AreEqual(began, configuration))
            runFolder.WriteConfiguration(configuration);

        using var run = new TrainingLoop(configuration, data, device, runFolder, observer, maxTime, ranks);
        Tell(run, taken);
        run.ResumeFrom(last);
        return run.RunToEnd(cancellation);
    }

    private static void Tell(TrainingLoop run, RunLock taken)
    {
        if (taken.Note is string note)
            run.Notes.Add(note);
    }
}
