using System.Globalization;
using GpuVae.Evaluation;

namespace GpuVae.Detection;

/// <summary>What a threshold comes from.</summary>
public enum ThresholdKind
{
    /// <summary>A quantile of the training scores.</summary>
    Quantile,

    /// <summary>A share of the training rows that are taken to be anomalies.</summary>
    Contamination,

    /// <summary>The mean of the training scores and some of their standard deviations.</summary>
    Deviations,

    /// <summary>A score that was given.</summary>
    Fixed,
}

/// <summary>
/// How the threshold of a detector comes from the scores of its training rows: above it a row counts as an anomaly.
/// Immutable, so
/// that any thread may use it.
/// </summary>
/// <param name="Kind">What it comes from.</param>
/// <param name="Value">The quantile or the share, from 0 to 1, the number of standard deviations, or the score.</param>
public sealed record ThresholdRule(ThresholdKind Kind, double Value)
{
    private const double Margin = 1e-6;

    /// <summary>The 0.99 quantile of the training scores: about one normal row of a hundred is called an anomaly.</summary>
    public static ThresholdRule Default { get; } = Quantile(0.99);

    /// <summary>The quantile <paramref name="probability"/> of the training scores, linear between two of them.</summary>
    /// <param name="probability">From 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static ThresholdRule Quantile(double probability) => new(ThresholdKind.Quantile, Share(probability, nameof(probability)));

    /// <summary>So that this share of the training rows lies above: the quantile 1 − <paramref name="share"/>.</summary>
    /// <param name="share">From 0 to 1: how much of the training rows is taken to be anomalies.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static ThresholdRule Contamination(double share) => new(ThresholdKind.Contamination, Share(share, nameof(share)));

    /// <summary>mean + <paramref name="deviations"/> · std of the training scores, with the population's deviation.</summary>
    /// <param name="deviations">k, finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not finite.</exception>
    public static ThresholdRule MeanPlusDeviations(double deviations) =>
        new(ThresholdKind.Deviations, Finite(deviations, nameof(deviations)));

    /// <summary>This score, whatever the training scores are.</summary>
    /// <param name="score">Finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not finite.</exception>
    public static ThresholdRule Fixed(double score) => new(ThresholdKind.Fixed, Finite(score, nameof(score)));

    /// <summary>The threshold, apart from every training score, so that rounding decides no verdict.</summary>
    /// <remarks>
    /// The rows that are judged later are often rows of the training again, and another processor, or the detector's ONNX graph, rounds
    /// their scores otherwise. Where a training score lies within 10⁻⁶ of the threshold, relatively, as a quantile that falls on one of
    /// them does, the threshold is moved up to midway between it and the next one that is at least twice as far away; where none is above,
    /// by 10⁻⁶ of itself. So no more of the training rows are flagged than the rule says. A fixed threshold stays as it is.
    /// </remarks>
    /// <param name="trainingScores">At least one of them; not looked at where the threshold is fixed.</param>
    /// <exception cref="ArgumentException">There is no score to take it from.</exception>
    public double Apply(ReadOnlySpan<double> trainingScores) => Kind switch
    {
        ThresholdKind.Quantile => Apart(ScoreThreshold.Quantile(trainingScores, Value), trainingScores),
        ThresholdKind.Contamination => Apart(ScoreThreshold.Quantile(trainingScores, 1 - Value), trainingScores),
        ThresholdKind.Deviations => Apart(ScoreThreshold.MeanPlusDeviations(trainingScores, Value), trainingScores),
        _ => Value,
    };

    /// <summary>The rule for a person: <c>quantile 0.99 of the training scores</c>.</summary>
    public override string ToString()
    {
        string value = Value.ToString("R", CultureInfo.InvariantCulture);
        return Kind switch
        {
            ThresholdKind.Quantile => $"quantile {value} of the training scores",
            ThresholdKind.Contamination => $"a share of {value} of the training rows taken for anomalies",
            ThresholdKind.Deviations => $"mean + {value} · std of the training scores",
            _ => "given",
        };
    }

    /// <summary>Refuses a rule that none of the methods makes, such as one from a file.</summary>
    internal static ThresholdRule Checked(ThresholdKind kind, double value) => kind switch
    {
        ThresholdKind.Quantile => Quantile(value),
        ThresholdKind.Contamination => Contamination(value),
        ThresholdKind.Deviations => MeanPlusDeviations(value),
        _ => Fixed(value),
    };

    private static double Apart(double threshold, ReadOnlySpan<double> scores)
    {
        // A step of 0 has to be more than none.
        static double Step(double score) => Math.Max(Margin * Math.Abs(score), double.Epsilon);
        double[] ordered = [.. scores.ToArray().Where(double.IsFinite).Order()];
        double step = Step(threshold);
        int place = Array.FindLastIndex(ordered, score => score <= threshold + step);
        if (!double.IsFinite(threshold) || place < 0 || ordered[place] < threshold - step)
            return threshold;
        while (place + 1 < ordered.Length && ordered[place + 1] - ordered[place] <= 2 * Step(ordered[place]))
            place++;
        return place + 1 < ordered.Length
            ? ordered[place] + ((ordered[place + 1] - ordered[place]) / 2)
            : ordered[place] + Step(ordered[place]);
    }

    private static double Share(double value, string name) => value is >= 0 and <= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "A number from 0 to 1.");

    private static double Finite(double value, string name) => double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "A finite number.");
}
