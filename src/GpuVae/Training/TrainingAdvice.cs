using System.Globalization;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>What the numbers of a run say about its choices, for the person who made them.</summary>
internal static class TrainingAdvice
{
    /// <summary>Fewer steps have taught a model nothing: that its code says nothing is no collapse.</summary>
    public const int FewSteps = 200;

    /// <summary>Convolutions of pictures have learned their shapes after so many, and their colours later.</summary>
    private const int StepsOfConvolutions = 2000;

    /// <summary>Epochs behind the best from which on a rise is no accident.</summary>
    private const int RisingEpochs = 3;

    /// <summary>The part of the best loss that a rise is at least.</summary>
    private const double Rise = 0.005;

    /// <summary>Numbers beyond this are no scale for weights that start near 1/√width.</summary>
    private const double LargeNumber = 100;

    /// <summary>What to try where a loss stopped being finite.</summary>
    /// <param name="values">A look at the training examples, as the model sees them.</param>
    public static string AgainstDivergence(ValueCheck values)
    {
        ArgumentNullException.ThrowIfNull(values);
        double largest = Math.Max(Math.Abs((double)values.Least), Math.Abs((double)values.Most));
        return largest <= LargeNumber ? "try a smaller --learning-rate" : string.Create(
            CultureInfo.InvariantCulture,
            $"the numbers go from {values.Least:G3} to {values.Most:G3}: try --scale standard");
    }

    /// <summary>What to say of a posterior that says nothing of the example; null where it does.</summary>
    /// <param name="configuration">What was trained.</param>
    /// <param name="use">What its code came to.</param>
    /// <param name="steps">Steps since the start.</param>
    /// <param name="examples">Some of what it was trained on.</param>
    public static string? AgainstCollapse(RunConfiguration configuration, CodeUse use, long steps, ImageSet examples)
    {
        if (!use.HasCollapsed)
            return null;
        string found = $"{use.ActiveUnits} of {use.Variances.Count} unit{(use.Variances.Count == 1 ? "" : "s")} of the "
            + $"code {(use.ActiveUnits == 1 || use.Variances.Count == 1 ? "tells" : "tell")} examples apart";
        if (steps < FewSteps)
            return $"{found} after {steps} step{(steps == 1 ? "" : "s")}: train longer, with more --epochs or a smaller --batch";
        string start = $"the posterior has collapsed, {found}: ";
        const string General = "--free-bits 0.5, --warm-up 10 or a smaller --beta";
        bool hasOwnScale = configuration.Likelihood == "gaussian"
            || (configuration.IsOfBytes() && Registry.Likelihoods.Find(configuration.Likelihood).HasScale);
        if (!hasOwnScale || configuration.SigmaIsLearned)
            return $"{start}try {General}";
        // A logistic distribution deviates by π/√3 scales.
        double own = configuration.IsOfBytes() ? configuration.Sigma * Math.PI / Math.Sqrt(3) : configuration.Sigma;
        double deviation = Deviation(examples);
        return deviation > 2 * own ? $"{start}try {General}" : string.Create(
            CultureInfo.InvariantCulture,
            $"{start}{(configuration.IsOfBytes() ? "s" : "σ")} is {configuration.Sigma} and the numbers themselves deviate by {deviation:G2}, so that it costs ")
            + $"little to say nothing; try --sigma learned, {General}";
    }

    /// <summary>What to say of a run that still learns and has made few steps; null of other runs.</summary>
    /// <param name="configuration">What was trained.</param>
    /// <param name="epochs">All that were measured.</param>
    /// <param name="steps">Steps since the start.</param>
    public static string? AgainstFewSteps(RunConfiguration configuration, IReadOnlyList<EpochMetrics> epochs, long steps)
    {
        int enough = configuration.Network is null ? RunConfiguration.EnoughSteps : StepsOfConvolutions;
        if (steps >= enough || epochs.Count < 2)
            return null;
        (double before, double last) = (epochs[^2].TestLoss, epochs[^1].TestLoss);
        return before - last < Rise * Math.Abs(before) ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"after {steps} steps the test loss still falls, by {100 * (before - last) / Math.Abs(before):F1} % in the last epoch: ")
            + "train longer, with more --epochs or a smaller --batch";
    }

    /// <summary>What to say of a run whose test loss rises while its training loss falls; null of another.</summary>
    /// <param name="configuration">What was trained.</param>
    /// <param name="epochs">All that were measured.</param>
    /// <param name="comparison">How they compare.</param>
    public static string? AgainstOverfitting(
        RunConfiguration configuration, IReadOnlyList<EpochMetrics> epochs, EpochComparison comparison)
    {
        if (configuration.Patience is not null || comparison.BestOf(epochs) is not EpochMetrics best)
            return null;
        EpochMetrics last = epochs[^1];
        double least = comparison.LossOf(best), end = comparison.LossOf(last);
        return epochs.Count(epoch => epoch.Epoch > best.Epoch) < RisingEpochs
            || comparison.EpochsWithout(best, last.Epoch) != last.Epoch - best.Epoch
            || last.TrainLoss >= best.TrainLoss || end - least < Rise * Math.Abs(least)
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"the model overfits: the test loss was best after epoch {best.Epoch} and rose from {least:F2} to ")
                + string.Create(CultureInfo.InvariantCulture, $"{end:F2} since, while the training loss fell; ")
                + $"--patience {RisingEpochs} stops in time, and --weights best uses that epoch";
    }

    /// <summary>√ of the mean over columns of their variance.</summary>
    private static double Deviation(ImageSet examples)
    {
        int dimensions = examples.Dimensions;
        var x = new float[examples.Count * dimensions];
        examples.CopyTo(0, x);
        return Math.Sqrt(CodeUse.VariancesOf(x, dimensions).Average());
    }
}
