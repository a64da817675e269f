using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <summary>What settings may not be together. Each is allowed for itself when these are asked, in their order.</summary>
internal static class SettingRules
{
    private static readonly Rule[] _rules =
    [
        new(
            run => LacksDivergence(run.CreateObjective(), run.CreateCode()),
            run => NoDivergence(run.Objective)),
        new(
            run => run.CorruptionChoice.LargestAmount is > 0 and double largest && run.Noise > largest,
            run => Text($"--noise {run.Noise}: --corruption {run.Corruption} takes a part above 0 and up to ")
                + Text($"{run.CorruptionChoice.LargestAmount}")),
        new(
            run => (run.Sigma != 1 || run.SigmaIsLearned) && !Registry.Likelihoods.Find(run.Likelihood).HasScale,
            run => $"--sigma: --likelihood {run.Likelihood} has no scale; use --likelihood {ScaledLikelihoods()}"),
        new(
            run => run.IsOfBytes() && run.Binarize != "none",
            run => $"--binarize {run.Binarize}: --likelihood {run.Likelihood} is a probability of bytes, and binarised pixels are 0 "
                + "and 1; take --likelihood bernoulli, or --binarize none"),
        new(
            run => run.Samples != 1 && !run.CreateObjective().UsesPrior,
            run => Text($"--samples {run.Samples}: --objective {run.Objective} has one draw; use elbo or iwae")),
        new(
            run => (run.Beta != 1 || run.WarmUp != 0 || run.FreeBits != 0)
                && run.CreateObjective() is { UsesPrior: true, TakesWeight: false },
            run => $"--beta, --warm-up, --free-bits: --objective {run.Objective} is a bound that gives KL no weight of its "
                + "own; use elbo"),
        new(
            run => IsSampled(run) && !run.CreateObjective().TakesWeight,
            run => $"--divergence {run.Divergence}: --objective {run.Objective} has no KL to estimate; use elbo"),
        // A weight of KL that changes from step to step, or from unit to unit, is known only to the exact one's gradient.
        new(
            run => IsSampled(run) && (run.WarmUp != 0 || run.FreeBits != 0),
            run => $"--divergence {run.Divergence}: --warm-up and --free-bits go with exact KL; leave them out"),
        new(
            run => run.Ssim > 0 && !run.CreateObjective().TakesTerms,
            run => Text($"--ssim {run.Ssim}: ") + NoTerms($"--objective {run.Objective}")),
        new(
            run => run.SsimScales != 1 && run.Ssim == 0,
            run => $"--ssim-scales {run.SsimScales}: needs --ssim, the weight of the term, as in --ssim 0.5 --ssim-scales {run.SsimScales}"),
        new(
            run => run.Ssim > 0 && run.Categories.Length > 0,
            run => Text($"--ssim {run.Ssim}: compares pictures, and categories are none; leave it out")),
        new(
            run => run.Ssim > 0 && !run.CreateNumbersLikelihood().IsMeanAnActivation,
            run => Text($"--ssim {run.Ssim}: needs the gradient of a picture, which --likelihood {run.Likelihood} does not know; ")
                + "take another"),
        new(
            run => Registry.OutputBiases.Find(run.OutputBias) is not null && run.CreateNumbersLikelihood() is LogisticMixtureLikelihood,
            run => $"--output-bias {run.OutputBias}: --likelihood {run.Likelihood} has no output that is the mean; leave it out"),
        new(
            run => run.Categories.Length > 0 && run.CreateNumbersLikelihood().ParametersPerNumber > 1,
            run => $"--likelihood {run.Likelihood}: is a probability of bytes, and columns with categories are none; take gaussian"),
        new(
            run => run.ScaleOffsets.Length != run.ScaleFactors.Length,
            run => $"--scale {run.Scale}: scale_offsets and scale_factors need the same length"),
        new(
            run => run.MaskMissing && run.Missing is not ("mean" or "median"),
            run => $"--mask-missing: --missing {run.Missing} fills no cells; take --missing mean or median"),
        new(
            run => run.Categories.Any(category => category?.Levels is null || category.Levels.Contains(null!))
                || !AreColumns(run.MaskedColumns) || !AreColumns([.. run.Categories.Select(category => category.Column)]),
            _ => "categories, masked_columns: columns of a table from 0, each after the one before, and the words of each"),
        new(
            run => run.WeightDecay * run.LearningRate >= 1,
            run => Text($"--weight-decay {run.WeightDecay}: must be below 1 divided by the learning rate")),
        new(
            run => WrongRateStep(run) is not null,
            run => WrongRateStep(run)!),
        new(
            run => run.RateSteps.Length > 0 != (run.Schedule == "steps"),
            _ => "--schedule steps, --rate-steps: one needs the other, as in --schedule steps --rate-steps 5:5e-4,9:1e-4"),
    ];

    /// <summary>Refuses what does not go together.</summary>
    /// <exception cref="UserException">One line that names an option and what to do.</exception>
    public static void Validate(RunConfiguration configuration)
    {
        if (Array.Find(_rules, rule => rule.IsBroken(configuration)) is Rule broken)
            throw new UserException(broken.Message(configuration));
    }

    private static bool AreColumns(int[] columns) =>
        !columns.Any(int.IsNegative) && columns.Zip(columns.Skip(1)).All(pair => pair.First < pair.Second);

    /// <summary>Refuses an objective that needs the divergence of a code which has none.</summary>
    /// <param name="objective">What is to be minimised.</param>
    /// <param name="code">What it is to be minimised with.</param>
    /// <exception cref="UserException">The two do not go together.</exception>
    public static void RequireDivergence(IObjective objective, ICode code)
    {
        if (LacksDivergence(objective, code))
            throw new UserException(NoDivergence("elbo"));
    }

    /// <summary>Refuses an objective that has no place for the term that the model adds.</summary>
    /// <param name="objective">What is to be minimised.</param>
    /// <param name="model">What it is to be minimised with.</param>
    /// <exception cref="UserException">The two do not go together.</exception>
    public static void RequireTerms(IObjective objective, Autoencoder model)
    {
        if (model.Similarity is not null && !objective.TakesTerms)
            throw new UserException($"--ssim: {NoTerms("the objective")}");
    }

    private static string NoTerms(string objective) =>
        $"{objective} weighs draws by their likelihood and has no place for a term beside it; use --objective elbo or reconstruction";

    private static bool LacksDivergence(IObjective objective, ICode code) =>
        objective.UsesPrior && code is not IPosteriorCode;

    private static string NoDivergence(string objective) =>
        $"--objective {objective}: the code has no KL term; use --objective reconstruction, or --code diagonal or full";

    private static string ScaledLikelihoods() =>
        string.Join(" or ", Registry.Likelihoods.Where(entry => entry.Value.HasScale).Select(entry => entry.Name));

    private static bool IsSampled(RunConfiguration run) =>
        Registry.Divergences.Find(run.Divergence) == DivergenceForm.Sampled;

    private static string? WrongRateStep(RunConfiguration run)
    {
        int previous = 0;
        foreach (RateStep step in run.RateSteps)
        {
            if (step.Epoch <= previous)
                return Text($"--rate-steps {step.Epoch}: epochs start at 1 and grow from one step to the next");
            if (!double.IsFinite(step.Rate) || step.Rate <= 0)
                return Text($"--rate-steps {step.Rate}: a learning rate must be a finite number above 0");
            previous = step.Epoch;
        }
        return null;
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>Settings that do not go together.</summary>
    /// <param name="IsBroken">Whether they are such.</param>
    /// <param name="Message">Names the option, says why and what to do.</param>
    private sealed record Rule(Predicate<RunConfiguration> IsBroken, Func<RunConfiguration, string> Message);
}
