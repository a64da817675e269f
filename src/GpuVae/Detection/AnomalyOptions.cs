using GpuVae.Evaluation;
using GpuVae.Runs;

namespace GpuVae.Detection;

/// <summary>How a detector is trained, and what it calls an anomaly. Immutable, so that any thread may use it.</summary>
public sealed record AnomalyOptions
{
    /// <summary>
    /// What is trained: the preset <c>anomaly</c>, which brings columns of numbers to mean 0 and variance 1. Of a data set
    /// that was read already its pipeline decides about scaling and missing cells, and not this.
    /// </summary>
    public RunConfiguration Configuration { get; init; } = RunConfiguration.FromPreset("anomaly");

    /// <summary>
    /// Passes over the training rows; null for those of <see cref="Configuration"/>, or as many as make
    /// <see cref="RunConfiguration.EnoughSteps"/> steps where these are fewer.
    /// </summary>
    public int? Epochs { get; init; }

    /// <summary>Where the threshold comes from.</summary>
    public ThresholdRule Threshold { get; init; } = ThresholdRule.Default;

    /// <summary>
    /// Training rows that the detector remembers, at most, and compares others with: 0 for none, so that a row's own reconstruction says
    /// how strange it is. Null for 2,048 of a table or of series, and none of pictures.
    /// </summary>
    public int? MemoryRows { get; init; }

    /// <summary>Of a run's weights, those that the detector is made of.</summary>
    public WeightsChoice Weights { get; init; }

    /// <summary>
    /// Where training keeps its files as long as it lasts, in a folder of their own that is gone afterwards; null for
    /// the system's folder of
    /// temporary files.
    /// </summary>
    public string? WorkFolder { get; init; }
}
