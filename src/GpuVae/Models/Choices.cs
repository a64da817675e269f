using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>The names by which a person chooses, and what each name makes.</summary>
public static class Choices
{
    /// <summary>What a model sees of a pixel, as input and as target.</summary>
    public static IReadOnlyDictionary<string, PixelEncoding> Encodings { get; } =
        new Dictionary<string, PixelEncoding>
        {
            ["none"] = PixelEncoding.Scaled,
            ["dynamic"] = PixelEncoding.Resampled,
            ["threshold"] = PixelEncoding.Threshold,
        };

    /// <summary>What the encoder sees.</summary>
    public static IReadOnlyDictionary<string, CorruptionChoice> Corruptions { get; } =
        new Dictionary<string, CorruptionChoice>
        {
            ["none"] = new(0, _ => new NoCorruption()),
            ["gaussian"] = CorruptionChoice.Noise(double.PositiveInfinity, CorruptionKind.Gaussian),
            ["masking"] = CorruptionChoice.Noise(1, CorruptionKind.Masking),
            ["salt-and-pepper"] = CorruptionChoice.Noise(1, CorruptionKind.SaltAndPepper),
        };

    /// <summary>What follows each hidden layer of the network.</summary>
    public static IReadOnlyDictionary<string, Func<ILayer>> Activations { get; } =
        new Dictionary<string, Func<ILayer>>
        {
            ["relu"] = () => new ActivationLayer(Activation.Relu),
            ["tanh"] = () => new ActivationLayer(Activation.Tanh),
        };

    /// <summary>What the encoder's outputs mean.</summary>
    public static IReadOnlyDictionary<string, Func<CodeSettings, ICode>> Codes { get; } =
        new Dictionary<string, Func<CodeSettings, ICode>>
        {
            ["point"] = settings => new PointCode(settings.Units),
            ["diagonal"] = settings => new GaussianPosterior(settings, Covariance.Diagonal),
            ["full"] = settings => new GaussianPosterior(settings, Covariance.Full),
            ["binary"] = settings => new BinaryCode(settings),
        };

    /// <summary>What the decoder's outputs mean.</summary>
    public static IReadOnlyDictionary<string, LikelihoodChoice> Likelihoods { get; } =
        new Dictionary<string, LikelihoodChoice>
        {
            ["bernoulli"] = new(false, _ => new BernoulliLikelihood()),
            ["gaussian"] = new(true, settings => new GaussianLikelihood(settings)),
            ["laplace"] = new(true, settings => new LaplaceLikelihood(settings)),
        };

    /// <summary>What is minimised.</summary>
    public static IReadOnlyDictionary<string, Func<ObjectiveSettings, IObjective>> Objectives { get; } =
        new Dictionary<string, Func<ObjectiveSettings, IObjective>>
        {
            ["reconstruction"] = _ => new Reconstruction(),
            ["elbo"] = settings => new EvidenceLowerBound(settings),
            ["iwae"] = settings => new ImportanceWeightedBound(settings.Samples),
        };

    /// <summary>How the ELBO's divergence is estimated.</summary>
    public static IReadOnlyDictionary<string, DivergenceForm> Divergences { get; } =
        new Dictionary<string, DivergenceForm>
        {
            ["exact"] = DivergenceForm.Exact,
            ["sampled"] = DivergenceForm.Sampled,
        };

    /// <summary>How parameters are drawn before the first step.</summary>
    public static IReadOnlyDictionary<string, IInitializer> Initializers { get; } =
        new Dictionary<string, IInitializer>
        {
            ["torch"] = new TorchInitializer(),
            ["glorot"] = new GlorotInitializer(),
        };

    /// <summary>Where the decoder's last bias starts: what it makes of the mean of each number of the images.</summary>
    public static IReadOnlyDictionary<string, Func<ILikelihood, double, double>?> OutputBiases { get; } =
        new Dictionary<string, Func<ILikelihood, double, double>?>
        {
            ["drawn"] = null,
            ["zero"] = (_, _) => 0,
            ["pixel-mean"] = (likelihood, mean) => likelihood.OutputOfMean(mean),
        };

    /// <summary>What products round their operands to.</summary>
    public static IReadOnlyDictionary<string, Precision> Precisions { get; } =
        new Dictionary<string, Precision>
        {
            ["fp32"] = Precision.Fp32,
            ["tf32"] = Precision.Tf32,
            ["bf16"] = Precision.Bf16,
        };

    /// <summary>Refuses an objective that needs the divergence of a code which has none.</summary>
    /// <param name="objective">What is to be minimised.</param>
    /// <param name="code">What it is to be minimised with.</param>
    /// <param name="name">The objective's, for the message.</param>
    /// <exception cref="UserException">The two do not go together.</exception>
    public static void RequireDivergence(IObjective objective, ICode code, string name = "elbo")
    {
        if (objective.UsesPrior && code is not IPosteriorCode)
        {
            throw new UserException(
                $"--objective {name}: the code has no KL term; use --objective reconstruction, or --code diagonal or full");
        }
    }

    /// <summary>The value of a name.</summary>
    /// <param name="option">The option that gave the name, for the message.</param>
    /// <param name="name">What the person typed.</param>
    /// <param name="known">Names and values.</param>
    /// <exception cref="UserException">There is no such name.</exception>
    public static T Find<T>(string option, string name, IReadOnlyDictionary<string, T> known) =>
        known.TryGetValue(name, out T? value)
            ? value
            : throw new UserException(
                $"{option} {QuotedText.Excerpt(name)}: unknown; choose from {string.Join(", ", known.Keys)}");
}
