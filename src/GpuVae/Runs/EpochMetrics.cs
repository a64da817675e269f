namespace GpuVae.Runs;

/// <summary>
/// What training came to after an epoch; where only every Nth is measured, the times are those of all epochs since the
/// one before. Losses are in nats per image.
/// </summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="TrainLoss">Mean loss over the training images as the epoch went by, in nats per image.</param>
/// <param name="TestLoss">
/// Mean loss over the test images after the epoch, in nats per image, at the weight of KL that the epoch ended with: with
/// warm-up those of different epochs do not compare, and with free bits, or another β than 1, it is no bound.
/// </param>
/// <param name="Reconstruction">The part of <paramref name="TestLoss"/> that is −log p(x|z), in nats per image.</param>
/// <param name="Kl">KL(q(z|x)‖p(z)) over the test images, in nats per image; 0 for a point code.</param>
/// <param name="Seconds">Time spent training, without test and pictures.</param>
/// <param name="ImagesPerSecond">Training images per second of <paramref name="Seconds"/>.</param>
public sealed record EpochMetrics(
    int Epoch,
    double TrainLoss,
    double TestLoss,
    double Reconstruction,
    double Kl,
    double Seconds,
    double ImagesPerSecond)
{
    /// <summary>The most units whose <see cref="UnitKl"/> is kept.</summary>
    internal const int MostUnits = 4096;

    /// <summary>
    /// Reconstruction + KL, each with the weight 1: −ELBO, a bound on −log p(x) whatever was minimised. For a code without
    /// KL the reconstruction alone.
    /// </summary>
    public double NegativeElbo => Reconstruction + Kl;

    /// <summary>
    /// <see cref="NegativeElbo"/> in bits for each number of an image, nats / (D log 2), where the likelihood is a probability of
    /// bytes; else null, since bits of a density depend on the unit of its numbers.
    /// </summary>
    public double? BitsPerDimension { get; init; }

    /// <summary>
    /// The likelihood's scale after the epoch where it is learned, in the unit of the numbers that the model sees; else null.
    /// See <see cref="Models.Autoencoder.LearnedScale"/>.
    /// </summary>
    public double? Sigma { get; init; }

    /// <summary>The other terms of the test loss in nats per image, by the names that a code or an objective gave them.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> OtherTerms { get; init; } = [];

    /// <summary>Adam's α in the last step of the epoch; null in metrics of a version that did not write it.</summary>
    public double? LearningRate { get; init; }

    /// <summary>The weight of KL that <see cref="TestLoss"/> has, after warm-up; null as for <see cref="LearningRate"/>.</summary>
    public double? EffectiveBeta { get; init; }

    /// <summary>
    /// Units of the code whose mean tells test images apart, by up to 2,000 of them;
    /// <c>evaluate</c> counts them among all. Null as for <see cref="LearningRate"/>.
    /// </summary>
    public int? ActiveUnits { get; init; }

    /// <summary>
    /// The norm of the gradient of all parameters in the last step, before it was clipped; null where nothing is clipped, and where
    /// the run was resumed behind that step.
    /// </summary>
    public double? GradientNorm { get; init; }

    /// <summary>
    /// (k) each unit's part of <see cref="Kl"/> in nats, by the same images as <see cref="ActiveUnits"/>; null for a code without a
    /// divergence or of more than 4,096 units, and as for <see cref="LearningRate"/>.
    /// </summary>
    public IReadOnlyList<float>? UnitKl { get; init; }

    /// <summary>Every figure that is one number under its name in <c>metrics.jsonl</c>, in the order of a line.</summary>
    public IEnumerable<KeyValuePair<string, double>> Figures
    {
        get
        {
            IEnumerable<(string Name, double? Value)> before =
            [
                (MetricNames.Epoch, Epoch), (MetricNames.TrainLoss, TrainLoss), (MetricNames.TestLoss, TestLoss),
                (MetricNames.Reconstruction, Reconstruction), (MetricNames.Kl, Kl), (MetricNames.Bits, BitsPerDimension),
                (MetricNames.Sigma, Sigma),
            ];
            IEnumerable<(string Name, double? Value)> after =
            [
                (MetricNames.Seconds, Seconds), (MetricNames.ImagesPerSecond, ImagesPerSecond),
                (MetricNames.LearningRate, LearningRate), (MetricNames.EffectiveBeta, EffectiveBeta),
                (MetricNames.ActiveUnits, ActiveUnits), (MetricNames.GradientNorm, GradientNorm),
            ];
            return Present(before).Concat(OtherTerms).Concat(Present(after));
        }
    }

    /// <summary>The figure of that name among <see cref="Figures"/>, or null.</summary>
    /// <param name="name">As in <c>metrics.jsonl</c>.</param>
    public double? Figure(string name)
    {
        foreach ((string figure, double value) in Figures)
        {
            if (figure == name)
                return value;
        }
        return null;
    }

    /// <inheritdoc/>
    public bool Equals(EpochMetrics? other) =>
        other is not null
        && (Epoch, TrainLoss, TestLoss, Reconstruction, Kl, Seconds, ImagesPerSecond).Equals( // NaN equals NaN
            (other.Epoch, other.TrainLoss, other.TestLoss, other.Reconstruction, other.Kl, other.Seconds,
                other.ImagesPerSecond))
        && BitsPerDimension.Equals(other.BitsPerDimension)
        && Sigma.Equals(other.Sigma)
        && LearningRate.Equals(other.LearningRate)
        && EffectiveBeta.Equals(other.EffectiveBeta)
        && ActiveUnits == other.ActiveUnits
        && GradientNorm.Equals(other.GradientNorm)
        && (UnitKl ?? []).SequenceEqual(other.UnitKl ?? [])
        && OtherTerms.SequenceEqual(other.OtherTerms);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Epoch, TrainLoss, TestLoss);

    private static IEnumerable<KeyValuePair<string, double>> Present(IEnumerable<(string Name, double? Value)> figures)
    {
        foreach ((string name, double? value) in figures)
        {
            if (value is double number)
                yield return KeyValuePair.Create(name, number);
        }
    }
}
