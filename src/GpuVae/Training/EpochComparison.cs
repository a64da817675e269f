using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>
/// Which epoch of a run is the best: the one with the least <see cref="IObjective.ComparedLoss"/> of the test set. The
/// test loss itself would not do: while β rises, that of an early epoch is small because KL hardly counts. Everything is
/// computed from a line of metrics, so that a run that is resumed compares as one that never stopped.
/// </summary>
/// <param name="objective">What is minimised.</param>
/// <param name="terms">The terms of its loss.</param>
/// <param name="constant">The likelihood's constant, which metrics contain.</param>
/// <param name="stepsPerEpoch">Steps of an epoch.</param>
/// <param name="offset">What the loss has beside its terms and that constant.</param>
internal sealed class EpochComparison(
    IObjective objective, LossTerms terms, double constant, int stepsPerEpoch, double offset = 0)
{
    /// <summary>The loss to compare by, in nats per image.</summary>
    public double LossOf(EpochMetrics metrics)
    {
        var values = new double[terms.Count];
        for (int row = 0; row < values.Length; row++)
        {
            if (ValueOf(terms.All[row], metrics) is not double value)
                return metrics.TestLoss;
            values[row] = value;
        }
        // The constant belongs to the loss, whatever an objective makes of its terms.
        return constant + offset + objective.ComparedLoss(terms.Values(values).Plus(LossTerm.Reconstruction, -constant));
    }

    /// <summary>The best of some epochs, the first of those that are equal; null where there are none.</summary>
    public EpochMetrics? BestOf(IEnumerable<EpochMetrics> epochs) => epochs.MinBy(LossOf);

    /// <summary>
    /// Epochs that have gone by without a better one. While β rises the model follows it, and no epoch says that the
    /// next will not be better; so they count from the first epoch at the full β.
    /// </summary>
    /// <param name="best">The best so far.</param>
    /// <param name="epoch">The one that has ended.</param>
    public int EpochsWithout(EpochMetrics best, int epoch)
    {
        long warmUpEpochs = (objective.WarmUpSteps + stepsPerEpoch - 1) / stepsPerEpoch;
        return epoch - (int)Math.Max(best.Epoch, Math.Min(warmUpEpochs, epoch));
    }

    private static double? ValueOf(LossTerm term, EpochMetrics metrics)
    {
        if (term.Name == LossTerm.Reconstruction.Name)
            return metrics.Reconstruction;
        if (term.Name == LossTerm.Divergence.Name)
            return metrics.Kl;
        foreach ((string name, double value) in metrics.OtherTerms)
        {
            if (name == term.Name)
                return value;
        }
        return null;
    }
}
