namespace GpuVae.Detection;

/// <summary>What a detector knows beside its model.</summary>
/// <param name="Threshold">Above it a row is an anomaly; +∞ where a quantile reaches among impossible rows.</param>
/// <param name="Rule">Where it comes from.</param>
/// <param name="Calibration">Of normal scores; null where there were none.</param>
/// <param name="TrainingRows">Rows trained on; 0 where nobody knows.</param>
/// <param name="TrainingShareFlagged">The share of them above the threshold.</param>
/// <param name="HeldOutRows">Normal rows that training did not see.</param>
/// <param name="HeldOutShareFlagged">The share of them above the threshold.</param>
internal sealed record DetectorState(
    double Threshold, ThresholdRule Rule, ScoreCalibration? Calibration, int TrainingRows, double? TrainingShareFlagged,
    int HeldOutRows, double? HeldOutShareFlagged)
{
    /// <summary>(2, D), the least and the largest number of each column that training saw; empty where nobody knows.</summary>
    public float[] Range { get; init; } = [];
}
