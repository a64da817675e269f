using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <summary>
/// The names by which a person chooses, and what each name makes. A program that adds a name before it trains, or before it
/// runs the console's verbs, finds it in options, their help and completion, <c>config.json</c> and checkpoints.
/// </summary>
public static partial class Registry
{
    /// <summary>How many numbers a pixel of a folder's pictures gets.</summary>
    public static RegistryTable<int> Colors { get; } = new("--color")
    {
        { "grey", 1, "one number a pixel" },
        { "rgb", 3, "three numbers a pixel" },
    };

    /// <summary>Whether the first row of a table names its columns.</summary>
    public static RegistryTable<HeaderRule> Headers { get; } = new("--header")
    {
        { "auto", HeaderRule.Auto, "the rows decide, and a line says how" },
        { "yes", HeaderRule.Yes, "it does" },
        { "no", HeaderRule.No, "it is an example" },
    };

    /// <summary>What becomes of cells that are missing.</summary>
    public static RegistryTable<MissingRule> MissingCells { get; } = new("--missing")
    {
        { "refuse", MissingRule.Refuse, "the table is refused, with the places" },
        { "drop", MissingRule.Drop, "their rows are left out" },
        { "mean", MissingRule.Mean, "the mean of the column over the training rows" },
        { "median", MissingRule.Median, "its median" },
    };

    /// <summary>What becomes of real numbers.</summary>
    public static RegistryTable<ScalingFit> Scalings => Scaling.Methods;

    /// <summary>What a model sees of a pixel, as input and as target.</summary>
    public static RegistryTable<PixelEncoding> Encodings { get; } = new("--binarize")
    {
        { "none", PixelEncoding.Scaled, "its grey value" },
        {
            "dynamic", PixelEncoding.Resampled,
            "1 with the grey value as probability, drawn afresh at every visit (test images are drawn once, from the "
            + "seed, so that figures compare)"
        },
        { "threshold", PixelEncoding.Threshold, "1 from half white on" },
    };

    /// <summary>What the encoder sees.</summary>
    public static RegistryTable<CorruptionChoice> Corruptions { get; } = new("--corruption")
    {
        { "none", new(0, _ => new NoCorruption()), "no noise" },
        {
            "gaussian", CorruptionChoice.Noise(double.PositiveInfinity, CorruptionKind.Gaussian),
            "normal numbers on each pixel, clipped to 0…1"
        },
        {
            "additive", CorruptionChoice.Noise(double.PositiveInfinity, CorruptionKind.Gaussian, isClipped: false),
            "normal numbers on each number, not clipped, for tables that were scaled"
        },
        { "masking", CorruptionChoice.Noise(1, CorruptionKind.Masking), "some pixels black" },
        {
            "salt-and-pepper", CorruptionChoice.Noise(1, CorruptionKind.SaltAndPepper),
            "some pixels black and some white"
        },
        {
            "cut-paste", CorruptionChoice.Defect(PatchKind.CutPaste),
            "a defect in each image: a rectangle of it at another place"
        },
        { "noise-patch", CorruptionChoice.Defect(PatchKind.Noise), "a defect in each image: a rectangle of noise" },
    };

    /// <summary>What the encoder's outputs mean.</summary>
    public static RegistryTable<Func<CodeSettings, ICode>> Codes { get; } = new("--code")
    {
        { "point", settings => new PointCode(settings.Units), "the code itself" },
        {
            "diagonal", settings => new GaussianPosterior(settings, Covariance.Diagonal),
            "a mean and a variance for each unit to draw it from"
        },
        {
            "full", settings => new GaussianPosterior(settings, Covariance.Full),
            "a mean and a whole covariance to draw it from"
        },
        { "binary", settings => new BinaryCode(settings), "bits for search by Hamming distance" },
    };

    /// <summary>What the decoder's outputs mean.</summary>
    public static RegistryTable<LikelihoodChoice> Likelihoods { get; } = new("--likelihood")
    {
        { "bernoulli", new(false, _ => new BernoulliLikelihood()), "the probability that a pixel is on" },
        {
            "gaussian", new(true, settings => new GaussianLikelihood(settings)),
            "a pixel's mean with a normal distribution about it, which is squared error"
        },
        {
            "laplace", new(true, settings => new LaplaceLikelihood(settings)),
            "a pixel's median with a Laplace distribution about it, which is absolute error"
        },
        {
            "logistic", new(true, settings => new DiscretizedLogisticLikelihood(
                settings is { Scale: 1, IsLearned: true } ? null : settings)),
            "a pixel's byte with a discretised logistic distribution about it, whose bits per dimension are exact"
        },
        {
            "beta-binomial", new(false, _ => new BetaBinomialLikelihood()),
            "a beta-binomial distribution of each pixel's byte, with a width of its own: the fewest bits"
        },
        {
            "logistic-mixture", new(false, _ => new LogisticMixtureLikelihood()),
            "five discretised logistic distributions of each pixel's byte, mixed: it may be one thing or another"
        },
    };

    /// <summary>What is minimised.</summary>
    public static RegistryTable<Func<ObjectiveSettings, IObjective>> Objectives { get; } = new("--objective")
    {
        { "reconstruction", _ => new Reconstruction(), "the reconstruction loss alone" },
        {
            "elbo", settings => new EvidenceLowerBound(settings),
            "the reconstruction loss and the KL divergence from the prior"
        },
        {
            "iwae", settings => new ImportanceWeightedBound(settings.Samples), "the tighter bound of many weighted draws"
        },
    };

    /// <summary>How the ELBO's divergence is estimated.</summary>
    public static RegistryTable<DivergenceForm> Divergences { get; } = new("--divergence")
    {
        { "exact", DivergenceForm.Exact, "in closed form" },
        {
            "sampled", DivergenceForm.Sampled,
            "as the mean of log q − log p over the draws, as VAEs are trained that are compared with iwae"
        },
    };

    /// <summary>How parameters are drawn before the first step.</summary>
    public static RegistryTable<IInitializer> Initializers { get; } = new("--initializer")
    {
        { "torch", new TorchInitializer(), "weights and biases from ±1/√inputs, as PyTorch does it" },
        { "glorot", new GlorotInitializer(), "weights from ±√(6/(inputs + outputs)) with biases of 0" },
    };

    /// <summary>
    /// Where the decoder's last bias starts: what it makes of the mean of each number of the images; null leaves what the
    /// initializer drew.
    /// </summary>
    public static RegistryTable<Func<ILikelihood, double, int, double>?> OutputBiases { get; } = new("--output-bias")
    {
        { "drawn", null, "as the initializer draws it" },
        { "zero", (_, _, _) => 0, "at 0" },
        {
            "pixel-mean", (likelihood, mean, column) => likelihood.OutputOfMean(mean, column),
            "where its picture is the mean training image (for bernoulli, the logit of the mean clipped to 0.001…0.999)"
        },
    };

    /// <summary>How the learning rate changes as training goes on.</summary>
    public static RegistryTable<Func<RunConfiguration, ILearningRateSchedule>> LearningRateSchedules { get; } =
        new("--schedule")
        {
            { "constant", configuration => new ConstantRate(configuration.LearningRate), "not at all" },
            {
                "steps", configuration => new SteppedRate(configuration.LearningRate, configuration.RateSteps),
                "at the epochs of --rate-steps"
            },
            {
                "cosine",
                configuration =>
                    new CosineRate(configuration.LearningRate, configuration.FinalLearningRate, configuration.Epochs),
                "along half a cosine that ends at --final-learning-rate, over all epochs"
            },
        };

    /// <summary>What part of a run's time pictures of its epochs may take.</summary>
    public static RegistryTable<double> PictureShares { get; } = new("--pictures")
    {
        { "auto", 0.1, "of each while they take at most two seconds or a tenth of the time" },
        { "all", double.PositiveInfinity, "of each" },
        { "last", 0, "of the last alone" },
        { "none", -1, "of no epoch, nor of the loss" },
    };

    /// <summary>What products round their operands to.</summary>
    public static RegistryTable<Precision> Precisions { get; } = new("--precision")
    {
        { "fp32", Precision.Fp32, "nothing beyond float32, on any device" },
        { "tf32", Precision.Tf32, "11 bits, on the tensor cores of NVIDIA GPUs from compute capability 8.0" },
        { "bf16", Precision.Bf16, "8 bits, on the same" },
    };
}
