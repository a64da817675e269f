using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>Why a run ended.</summary>
public enum RunEnding
{
    /// <summary>All its epochs are done.</summary>
    Finished,

    /// <summary>The test loss did not improve for as many epochs as it was to wait.</summary>
    NoImprovement,

    /// <summary>Somebody stopped it; it can go on.</summary>
    Interrupted,

    /// <summary>Its time was up; it can go on.</summary>
    OutOfTime,
}

/// <summary>What a run came to.</summary>
/// <param name="Epochs">The epochs that were measured, those before a resumption too.</param>
/// <param name="Ending">Why it ended.</param>
/// <param name="MeanSquaredError">Per pixel, of the test set's reconstructions from their mean codes.</param>
/// <param name="StepExecution">How the device ran the training steps, for a person.</param>
/// <param name="Files">Paths of what was written.</param>
public sealed record RunResult(
    IReadOnlyList<EpochMetrics> Epochs, RunEnding Ending, double MeanSquaredError, string StepExecution,
    IReadOnlyList<string> Files)
{
    /// <summary>True if it was stopped before its end and can go on.</summary>
    public bool Interrupted => Ending is RunEnding.Interrupted or RunEnding.OutOfTime;

    /// <summary>
    /// The best of <see cref="Epochs"/>, whose weights <c>best.safetensors</c> holds: by the loss with the weight of KL that
    /// the run ends with, and without free bits. Null where none was measured.
    /// </summary>
    public EpochMetrics? Best { get; init; }

    /// <summary>
    /// What a person might do better next time, a sentence each: against a posterior that has collapsed, or a model that
    /// overfits. Empty for a run that was stopped or is as it should be.
    /// </summary>
    public IReadOnlyList<string> Advice { get; init; } = [];

    /// <summary>Measured epochs without pictures, which would have taken too much of the time.</summary>
    public int EpochsWithoutPictures { get; init; }

    /// <summary>Steps that were done now; 0 for a run that was at its end already.</summary>
    public long Steps { get; init; }

    /// <summary>The epoch that it stopped in, from 1.</summary>
    public int Epoch { get; init; }

    /// <summary>Steps done in that epoch.</summary>
    public int StepInEpoch { get; init; }
}
