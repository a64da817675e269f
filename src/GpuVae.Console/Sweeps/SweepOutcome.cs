using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>How a run of a sweep ended.</summary>
internal enum SweepStatus
{
    /// <summary>It is at its end.</summary>
    Done,

    /// <summary>A loss, gradient or parameter stopped being finite.</summary>
    Diverged,

    /// <summary>It was stopped, and goes on when the sweep is called again.</summary>
    Stopped,

    /// <summary>Its time was up.</summary>
    OutOfTime,

    /// <summary>Its time was up, and the better half of the runs got what time was left.</summary>
    Dropped,
}

/// <summary>What a run of a sweep came to.</summary>
/// <param name="Point">Which.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Best">Its epoch of the least test loss; null where none was measured.</param>
/// <param name="HasPrior">Whether KL is a part of the loss.</param>
internal sealed record SweepOutcome(SweepPoint Point, SweepStatus Status, EpochMetrics? Best, bool HasPrior)
{
    /// <summary>Epochs that it was asked for.</summary>
    public int Epochs { get; init; }

    /// <summary>Whether it was at its end before, so that nothing was trained.</summary>
    public bool WasThere { get; init; }
}
