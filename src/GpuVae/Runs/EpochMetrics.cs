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

    /// <inheritdoc/>
    public bool Equals(EpochMetrics? other) =>
        other is not null
        && (Epoch, TrainLoss, TestLoss, Reconstruction, Kl, Seconds, ImagesPerSecond).Equals( // NaN equals NaN
            (other.Epoch, other.TrainLoss, other.TestLoss, other.Reconstruction, other.Kl, other.Seconds,
                other.ImagesPerSecond))
        && BitsPerDimension.Equals(other.BitsPerDimension)
        && Sigma.Equals(other.Sigma)
        && OtherTerms.SequenceEqual(other.OtherTerms);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Epoch, TrainLoss, TestLoss);
}
