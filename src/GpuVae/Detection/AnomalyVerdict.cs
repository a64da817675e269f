using GpuVae.Evaluation;

namespace GpuVae.Detection;

/// <summary>What a detector says of a row. Immutable, so that any thread may use it.</summary>
/// <param name="Score">At least 0: how strange the row is; +∞ for an
/// impossible row.</param>
/// <param name="Threshold">The detector's.</param>
/// <param name="Probability">
/// The share of normal rows that score lower, from 0 to 1, as <see cref="ScoreCalibration.ShareBelow"/> estimates it;
/// NaN where the
/// detector has no calibration.
/// </param>
/// <param name="ImpossibleColumn">
/// The first column that holds what the model gives no probability: NaN, an infinity, a missing cell where training had
/// none, a number
/// outside the likelihood's range; null where there is none.
/// </param>
public readonly record struct AnomalyVerdict(double Score, double Threshold, double Probability, string? ImpossibleColumn)
{
    /// <summary>Whether the score is above the threshold, or +∞, which is an anomaly whatever the threshold.</summary>
    public bool IsAnomaly => DetectionQuality.IsAnomaly(Score, Threshold);
}
