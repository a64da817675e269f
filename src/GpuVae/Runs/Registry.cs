using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <summary>
/// The names by which a person chooses, and what each name makes. A program that adds a name before it trains, or before it
/// runs the console's verbs, finds it in options, their help and completion, <c>config.json</c> and checkpoints.
/// </summary>
public static class Registry
{
    /// <summary>Groups that a normalisation of groups has at most; of more channels each is larger.</summary>
    private const int MostGroups = 8;

    /// <summary>Starting points: what each preset makes of the defaults.</summary>
    public static RegistryTable<Func<RunConfiguration, RunConfiguration>> Presets { get; } = new("--preset")
    {
        { "vae", defaults => defaults, "variational autoencoder" },
        {
            "ae",
            defaults => defaults with { Code = "point", Likelihood = "gaussian", Objective = "reconstruction" },
            "autoencoder"
        },
        { "beta-vae", defaults => defaults with { Beta = 4 }, "VAE with more regular codes" },
        { "iwae", defaults => defaults with { Objective = "iwae", Samples = 5 }, "VAE with a tighter bound" },
        {
            "denoise",
            defaults => defaults with
            {
                Corruption = "gaussian",
                Code = "point",
                Likelihood = "gaussian",
                Objective = "reconstruction",
                Hidden = [512],
                Latent = 64,
            },
            "denoising autoencoder"
        },
        {
            "hash",
            defaults => defaults with
            {
                Code = "binary",
                Objective = "reconstruction",
                Hidden = [512],
                Latent = 64,
                LearningRate = 2e-3,
            },
            "codes of bits for search"
        },
        {
            "anomaly",
            defaults => defaults with
            {
                Code = "point",
                Likelihood = "laplace",
                Objective = "reconstruction",
                Hidden = [32, 16],
                Latent = 8,
            },
            "autoencoder for rare examples"
        },
        {
            "conv-vae", defaults => defaults with { Network = "convs 32 3/2, dense 256" }, "VAE with convolutions, for pictures"
        },
        {
            "conv-ae",
            defaults => defaults with
            {
                Code = "point", Likelihood = "gaussian", Objective = "reconstruction", Network = "convs 32 3/2, dense 256",
            },
            "autoencoder with convolutions"
        },
        {
            "conv-denoise",
            defaults => defaults with
            {
                Corruption = "gaussian",
                Code = "point",
                Likelihood = "gaussian",
                Objective = "reconstruction",
                Network = "convs 32 3/2",
                Latent = 128,
            },
            "denoising autoencoder with convolutions"
        },
        {
            "conv-vae-64",
            defaults => defaults with
            {
                Network = "convs 32 4/2 norm batch",
                Activation = "leaky-relu",
                Latent = 128,
                ImageSize = "64",
                Color = "rgb",
            },
            "VAE for colour pictures of 64×64"
        },
    };

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
    };

    /// <summary>What may follow each hidden layer of the network.</summary>
    public static RegistryTable<Func<ILayer>> Layers { get; } = Activations();

    /// <summary>The words for layers in a network's text; see <see cref="NetworkText"/>.</summary>
    public static RegistryTable<NetworkWord> NetworkLayers { get; } = new("--network")
    {
        {
            "conv", new("conv N K[/S] [pad P]", words =>
            {
                int? channels = words.Channels();
                (int kernel, int stride) = words.Window('/');
                return new ConvolutionLayer(channels, kernel, stride, words.Padding().Padding);
            }),
            "a convolution with N kernels of K×K pixels every S pixels"
        },
        {
            "convs", new("convs N K/S", words =>
            {
                int channels = words.Number();
                (int kernel, int stride) = words.Window('/');
                return stride > 1
                    ? new ConvolutionsLayer(channels, kernel, stride)
                    : throw words.Refuse($"{kernel}", $"maps become smaller by a stride of 2 or more, as in {kernel}/2");
            }),
            $"such ones with N, 2N, 4N, … kernels until maps have at most {ConvolutionsLayer.SmallSide} pixels a side"
        },
        {
            "up", new("up N K[*S] [pad P[+O]]", words =>
            {
                int? channels = words.Channels();
                (int kernel, int stride) = words.Window('*');
                (int? padding, int output) = words.Padding(hasOutput: true);
                return new TransposedConvolutionLayer(channels, kernel, stride, padding, output);
            }),
            "a transposed one, to S times the size"
        },
        {
            "pool", new("pool [average] K[/S]", words =>
            {
                bool isAverage = words.IsNext("average");
                (int kernel, int stride) = words.Window('/', stride: null);
                return new PoolLayer(isAverage, kernel, stride);
            }),
            "the largest or mean numbers of windows"
        },
        { "upsample", new("upsample N", words => new UpsampleLayer(words.Number())), "each pixel becomes N×N" },
        {
            "res", new("res [K]", words => new ResidualLayer(words.IsNumberNext ? words.Number() : 3)),
            "two convolutions of K×K, 3 by default, added to what they begin with"
        },
        { "dropout", new("dropout P", words => new DropoutLayer(words.Fraction())), "a part P of the numbers left out in training" },
        { "dense", new("dense N", words => new DenseLayer(words.Number())), "N units that see everything" },
        {
            "code", new("code", words => words.EndsEncoder
                ? new CodeLayer()
                : throw words.Refuse("", "it stands at the end of --network alone")),
            "at the end of the encoder, takes its last map as the code, with no dense layer between"
        },
    };

    /// <summary>What may normalise a layer's outputs before its activation, in a network's text, <c>norm batch</c>; it is given the map's shape.</summary>
    public static RegistryTable<Func<Shape, ILayer>> Norms { get; } = new("--network norm")
    {
        { "batch", _ => new BatchNorm(), "each channel over the images of a batch" },
        {
            "group", map => new GroupNorm(Enumerable.Range(1, MostGroups).Last(groups => map.Channels % groups == 0)),
            "groups of an image's channels: as many up to 8 as divide them"
        },
        { "layer", _ => new GroupNorm(1), "all numbers of an image" },
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

    /// <summary>What products round their operands to.</summary>
    public static RegistryTable<Precision> Precisions { get; } = new("--precision")
    {
        { "fp32", Precision.Fp32, "nothing beyond float32, on any device" },
        { "tf32", Precision.Tf32, "11 bits, on the tensor cores of NVIDIA GPUs from compute capability 8.0" },
        { "bf16", Precision.Bf16, "8 bits, on the same" },
    };

    /// <summary>Every activation of the kernels but the identity, as a layer.</summary>
    private static RegistryTable<Func<ILayer>> Activations()
    {
        var layers = new RegistryTable<Func<ILayer>>("--activation");
        foreach (Activation activation in Activation.All.Where(one => one != Activation.Identity))
            layers.Add(activation.Name, () => new ActivationLayer(activation), activation.Formula);
        return layers;
    }
}
