using GpuVae.Detection;

namespace GpuVae.Reports;

/// <summary>
/// What a run says of its test examples as a detector of anomalies, for its page: their scores, the threshold, and where it is known
/// what they are.
/// </summary>
public sealed record RunDetection
{
    /// <summary>Why there are no scores, for a person; empty where there are.</summary>
    public string WhyNot { get; init; } = "";

    /// <summary>(N), higher for what is stranger; +∞ for an example without any probability.</summary>
    public IReadOnlyList<double> Scores { get; init; } = [];

    /// <summary>What a score is, for a person: <c>reconstruction loss</c>.</summary>
    public string Score { get; init; } = "";

    /// <summary>Of a score; empty for a number without one.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Above it an example is an anomaly; +∞ where only an impossible one is.</summary>
    public double Threshold { get; init; }

    /// <summary>Where the threshold comes from.</summary>
    public string Rule { get; init; } = "";

    /// <summary>The command that scores the same examples, to which <c>--threshold X</c> may be added.</summary>
    public string Command { get; init; } = "";

    /// <summary>(N), whether each is one, null for an example without a label; null where nobody knows what is normal.</summary>
    public IReadOnlyList<bool?>? IsAnomaly { get; init; }

    /// <summary>
    /// What gave the scores, and says which columns they come from; null where the model's own loss is the score. It is asked while the
    /// report is made, and is not disposed of.
    /// </summary>
    public AnomalyDetector? Detector { get; init; }

    /// <summary>What is to be known of all this, in plain sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
