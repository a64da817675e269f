using System.Globalization;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Reports;

/// <summary>What a sentence of a verdict is.</summary>
public enum VerdictKind
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>To be known, without being wrong.</summary>
    Note,

    /// <summary>To be mended.</summary>
    Bad,

    /// <summary>What to try next.</summary>
    Next,
}

/// <summary>A plain sentence on a run.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The sentence.</param>
public sealed record VerdictSentence(VerdictKind Kind, string Text);

/// <summary>What the numbers of a run say: whether it converged, how much of its code it uses, whether it overfits, and what to try.</summary>
internal sealed class Verdict
{
    /// <summary>Below this part of the loss an epoch's fall is none.</summary>
    private const double Settled = 0.0005;

    /// <summary>Above it, more epochs are worth their time.</summary>
    private const double Falling = 0.005;

    /// <summary>Epochs whose fall is looked at.</summary>
    private const int LastEpochs = 3;

    private const double SmallGap = 0.02;
    private const double LargeGap = 0.1;

    private readonly RunConfiguration _configuration;
    private readonly IReadOnlyList<EpochMetrics> _epochs;
    private readonly string? _folder;
    private readonly List<VerdictSentence> _sentences = [];

    private Verdict(RunConfiguration configuration, IReadOnlyList<EpochMetrics> epochs, string? folder)
    {
        _configuration = configuration;
        _epochs = epochs;
        _folder = folder;
    }

    /// <summary>Judges a run.</summary>
    /// <param name="configuration">What was trained.</param>
    /// <param name="epochs">Its metrics, in order.</param>
    /// <param name="comparison">How epochs compare; null where there are no weights yet.</param>
    /// <param name="use">What became of its code; null where nothing was measured.</param>
    /// <param name="train">What it was trained on; null where that is not known.</param>
    /// <param name="folder">Its folder, for commands; null while it is trained.</param>
    public static IReadOnlyList<VerdictSentence> Of(
        RunConfiguration configuration, IReadOnlyList<EpochMetrics> epochs, EpochComparison? comparison, CodeUse? use, ImageSet? train,
        string? folder)
    {
        var verdict = new Verdict(configuration, epochs, folder);
        if (epochs.Count == 0)
        {
            verdict.Add(VerdictKind.Note, "No epoch has been measured yet: there is nothing to judge so far.");
            return verdict._sentences;
        }
        long steps = train is null || train.Count == 0
            ? long.MaxValue
            : (long)epochs[^1].Epoch * ((train.Count + configuration.Batch - 1) / configuration.Batch);
        Func<EpochMetrics, double> loss = comparison is null ? metrics => metrics.TestLoss : comparison.LossOf;
        verdict.OfProgress(loss);
        verdict.OfCourse(loss, steps);
        verdict.OfGap();
        if (comparison is not null && TrainingAdvice.AgainstOverfitting(configuration, epochs, comparison) is string overfits)
            verdict.Add(VerdictKind.Bad, Sentence(overfits));
        if (use is not null)
            verdict.OfUse(use, steps, train);
        if (steps >= TrainingAdvice.FewSteps)
            verdict.OfNetwork(train);
        return verdict._sentences;
    }

    private void OfProgress(Func<EpochMetrics, double> loss)
    {
        int last = _epochs[^1].Epoch;
        if (_folder is string folder && last < _configuration.Epochs)
        {
            Add(VerdictKind.Note, Text(
                $"The run has {last} of {_configuration.Epochs} epochs: it is being trained, was stopped, or ended early. To go on: gpuvae train --resume {ShellWord.QuotePath(folder)}"));
        }
        EpochMetrics best = _epochs.Where(epoch => double.IsFinite(loss(epoch))).MinBy(loss) ?? _epochs[^1];
        if (best.Epoch != last && double.IsFinite(loss(best)))
            Add(VerdictKind.Note, Text($"The test loss was best after epoch {best.Epoch} of {last}; --weights best uses that epoch where it was kept."));
    }

    private void OfCourse(Func<EpochMetrics, double> loss, long steps)
    {
        int last = _epochs[^1].Epoch;
        if (!double.IsFinite(_epochs[^1].TestLoss) || !double.IsFinite(_epochs[^1].TrainLoss))
        {
            Add(VerdictKind.Bad, Text($"The loss of epoch {last} is not a finite number: training diverged. Try a smaller --learning-rate."));
            return;
        }
        // Of few epochs the first, which falls most, says nothing of the end.
        EpochMetrics[] finite = [.. _epochs.Where(epoch => double.IsFinite(loss(epoch)))];
        EpochMetrics[] course = finite[^Math.Min(finite.Length, 1 + Math.Clamp(finite.Length / 2, 1, LastEpochs))..];
        if (course.Length < 2)
        {
            if (_folder is not null)
                Add(VerdictKind.Note, "One epoch was measured, which shows no course: train for more of them.");
            return;
        }
        if (TrainingAdvice.AgainstFewSteps(_configuration, _epochs, steps) is string early)
        {
            Add(VerdictKind.Next, Sentence(early));
            return;
        }
        if (steps < TrainingAdvice.FewSteps)
        {
            Add(VerdictKind.Note, Text($"{steps} steps are too few to say whether it converges."));
            return;
        }
        double scale = Math.Max(Math.Abs(loss(course[^1])), Math.Abs(loss(finite[0]) - loss(course[^1])));
        int span = course[^1].Epoch - course[0].Epoch;
        double fall = scale > 0 ? (loss(course[0]) - loss(course[^1])) / span / scale : 0;
        string measured = Text($"the test loss changed by {-100 * fall:+0.00;−0.00;0.00} % an epoch over the last {span}");
        if (fall > Falling)
        {
            Add(VerdictKind.Note, $"Still falling: {measured}.");
            if (_folder is string folder)
                Add(VerdictKind.Next, Text($"More epochs: gpuvae train --resume {ShellWord.QuotePath(folder)} --epochs {2L * last}"));
        }
        else if (fall > Settled)
        {
            Add(VerdictKind.Good, $"Nearly converged: {measured}, so that more epochs gain a little.");
        }
        else if (fall >= -Settled)
        {
            Add(VerdictKind.Good, $"Converged: {measured}.");
        }
        else
        {
            Add(VerdictKind.Note, $"No longer falling: {measured}.");
        }
    }

    private void OfGap()
    {
        EpochMetrics last = _epochs[^1];
        if (!double.IsFinite(last.TestLoss) || !double.IsFinite(last.TrainLoss))
            return;
        if (_configuration.WarmUp >= last.Epoch)
        {
            Add(VerdictKind.Note, "While β rises the losses of training and test are not of one weight of KL: they show no gap yet.");
            return;
        }
        double gap = last.TestLoss - last.TrainLoss, part = gap / Math.Max(Math.Abs(last.TrainLoss), double.Epsilon);
        string measured = Text($"test loss {last.TestLoss:F2}, training loss {last.TrainLoss:F2}");
        if (gap <= 0)
            Add(VerdictKind.Good, $"No overfitting: {measured}, the mean while the epoch went by.");
        else if (part < SmallGap)
            Add(VerdictKind.Good, $"Hardly any overfitting: {measured}, a gap of {Text($"{gap:F2} nats ({100 * part:F1} %)")}.");
        else
            Add(part < LargeGap ? VerdictKind.Note : VerdictKind.Bad, $"A gap of {Text($"{gap:F2} nats ({100 * part:F1} %)")} between {measured}: more data, noise (--corruption, --augment) or a smaller network close it.");
    }

    private void OfUse(CodeUse use, long steps, ImageSet? train)
    {
        int all = use.Variances.Count, active = use.ActiveUnits;
        string found = Text($"{active} of {all} unit{(all == 1 ? "" : "s")} of the code {(active == 1 ? "is" : "are")} active (variance of the mean above {CodeUse.ActiveVariance})");
        if (use.HasCollapsed)
        {
            Add(VerdictKind.Bad, $"{found}.");
            if (train is not null && TrainingAdvice.AgainstCollapse(_configuration, use, steps, train.Take(2000)) is string advice)
                Add(VerdictKind.Next, Sentence(advice));
            return;
        }
        Add(active * 2 >= all ? VerdictKind.Good : VerdictKind.Note, $"{found}.");
        if (use.Divergences is null || steps < TrainingAdvice.FewSteps)
            return;
        if (active * 4 <= all * 3)
        {
            Add(VerdictKind.Next, Text(
                $"{all - active} units say nothing of the example: --latent {active} does the same, or --warm-up 5 --free-bits 0.1 give them something to say."));
        }
        else if (active == all && _configuration.Beta <= 1 && (train is null || 4L * all <= train.Variables))
        {
            Add(VerdictKind.Next, Text($"Every unit is in use. Whether more of them say more, a run with --latent {2L * all} tells."));
        }
    }

    private void OfNetwork(ImageSet? train)
    {
        const int FewestPixels = 16;
        if (train is not null && _configuration.Network is null && Math.Min(train.Height, train.Width) >= FewestPixels
            && Registry.Codes.Find(_configuration.Code)(new CodeSettings(_configuration.Latent)) is IPosteriorCode)
        {
            Add(VerdictKind.Next, "Convolutions see what is near in a picture: --preset conv-vae.");
        }
    }

    private void Add(VerdictKind kind, string text) => _sentences.Add(new VerdictSentence(kind, text));

    /// <summary>Advice that is written as the rest of a line, as a sentence.</summary>
    private static string Sentence(string advice) => $"{char.ToUpperInvariant(advice[0])}{advice[1..]}.";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
