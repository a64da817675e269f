namespace GpuVae.Runs;

/// <summary>
/// Everything that decides a run, as it stands in <c>config.json</c>. A property here is the only place where a setting is
/// declared; <see cref="Settings"/> says what follows from it.
/// </summary>
public sealed partial record RunConfiguration
{
    /// <summary>Steps of a run on a small table where nobody says how many epochs it has.</summary>
    public const int EnoughSteps = 2000;

    private const int LargestEvaluationBatch = 512;

    /// <summary>The version of GpuVae that wrote this.</summary>
    [Setting(JsonOrder = 1, MayChange = true)]
    public string GpuvaeVersion { get; init; } = Version;

    // ---- Model: what is trained.

    /// <summary>The name that filled in the choices; nothing depends on it afterwards.</summary>
    [Setting(
        "Which choices below to start from",
        More = "gpuvae presets says what each chooses. An option that is given wins over its preset.",
        Choices = nameof(Registry.Presets), Group = SettingGroup.Model, JsonOrder = 2)]
    public string Preset { get; init; } = "vae";

    /// <summary>What the encoder sees.</summary>
    [Setting(
        "Noise on what the encoder sees, while the decoder is to give the clean image",
        Choices = nameof(Registry.Corruptions), Group = SettingGroup.Model, JsonOrder = 5)]
    public string Corruption { get; init; } = "none";

    /// <summary>How much a corruption does: σ of gaussian noise, the largest part of a side for a defect, the probability of the others.</summary>
    [Setting(
        "The corruption's strength: the deviation of gaussian and additive noise, the part of the pixels that is lost, or the largest "
        + "part of a side that a defect takes.", Above = 0,
        Group = SettingGroup.Model, JsonOrder = 28)]
    public double Noise { get; init; } = 0.2;

    /// <summary>
    /// Widths of the encoder's hidden layers; the decoder has them in reverse. None gives a linear model.
    /// </summary>
    [Setting(
        "Units of each hidden layer of the encoder; the decoder mirrors them. none is a linear model.", AtLeast = 1, Unit = "units",
        Replaces = [nameof(Network), nameof(Decoder)], Group = SettingGroup.Model, JsonOrder = 6)]
    public int[] Hidden { get; init; } = [400];

    /// <summary>The encoder's layers in words, in the place of <see cref="Hidden"/>; see <see cref="NetworkText"/>.</summary>
    [Setting(
        "The encoder's layers in words, instead of hidden units, as in 'conv 32 3/2, conv 64 3/2, dense 16'",
        More = "Behind a layer may stand norm batch, group or layer, and the activation that follows it instead of the network's; linear is none.",
        Explains = nameof(NetworkWords), Default = "dense layers of hidden units", Placeholder = "LAYERS",
        Check = nameof(CheckNetwork), Replaces = [nameof(Decoder)], Group = SettingGroup.Model, JsonOrder = 66, OmitDefault = true)]
    public string? Network { get; init; }

    /// <summary>The decoder's layers in words; null for the encoder's in reverse.</summary>
    [Setting(
        "The decoder's layers in the same words, as in '7x7x64, up 32 3*2, up C 3*2'; C is the channels of an image.",
        Default = "the encoder's in reverse", Placeholder = "LAYERS", Check = nameof(CheckDecoder), Group = SettingGroup.Model,
        JsonOrder = 67, OmitDefault = true)]
    public string? Decoder { get; init; }

    /// <summary>What follows each hidden layer.</summary>
    [Setting(
        "What follows each hidden layer", Choices = nameof(Registry.Layers), Group = SettingGroup.Model, JsonOrder = 7)]
    public string Activation { get; init; } = "relu";

    /// <summary>k, the numbers in a code.</summary>
    [Setting(
        "Numbers in a code. With 2 there are also pictures of the whole plane of codes.", AtLeast = 1, Unit = "units",
        Group = SettingGroup.Model, JsonOrder = 8)]
    public int Latent { get; init; } = 20;

    /// <summary>What the encoder's outputs mean.</summary>
    [Setting(
        "What the encoder gives", Choices = nameof(Registry.Codes), Default = "the preset's", Group = SettingGroup.Model,
        JsonOrder = 9)]
    public string Code { get; init; } = "diagonal";

    /// <summary>Standard deviation of the noise that a binary code adds while it trains.</summary>
    [Setting(
        "Deviation of the noise that pushes the units of a binary code to 0 or 1 in training.", AtLeast = 0,
        Group = SettingGroup.Model, JsonOrder = 35)]
    public double CodeNoise { get; init; } = 12;

    /// <summary>What the decoder's outputs mean.</summary>
    [Setting(
        "What the decoder gives", Choices = nameof(Registry.Likelihoods),
        Default = "the preset's; where that is bernoulli, the one that fits the data: gaussian for a table of other numbers than 0 and 1", Group = SettingGroup.Model, JsonOrder = 10)]
    public string Likelihood { get; init; } = "bernoulli";

    /// <summary>
    /// The likelihood's scale, σ of gaussian, b of laplace and s of logistic; where it starts, if it is learned, but for logistic, which
    /// starts at <see cref="Models.DiscretizedLogisticLikelihood.LearnedStart"/> in the place of 1.
    /// </summary>
    [Setting(
        "How wide that distribution is: σ of gaussian, b of laplace, s of logistic; learned makes it a parameter, one for all pixels "
            + "(of logistic from 0.1 on).",
        AtLeast = 1e-6, AtMost = 1e6, Group = SettingGroup.Model, JsonOrder = 29)]
    public double Sigma { get; init; } = 1;

    /// <summary>Whether the likelihood's scale is learned, one number for all pixels.</summary>
    [Setting(WordOf = nameof(Sigma), Word = "learned", JsonOrder = 30)]
    public bool SigmaIsLearned { get; init; }

    // ---- Objective: what is minimised.

    /// <summary>What is minimised.</summary>
    [Setting(
        "What is minimised", Choices = nameof(Registry.Objectives), Default = "the preset's",
        Group = SettingGroup.Objective, JsonOrder = 11)]
    public string Objective { get; init; } = "elbo";

    /// <summary>β, the weight of KL in the ELBO.</summary>
    [Setting(
        "Weight of the KL divergence in elbo, from 0; above 1 codes are more regular and pictures blurrier.", AtLeast = 0,
        Note = "1 is the ELBO", Group = SettingGroup.Objective, JsonOrder = 12)]
    public double Beta { get; init; } = 1;

    /// <summary>K, draws of each image's code in a step and in an epoch's test.</summary>
    [Setting(
        "Draws of each image's code in a step: elbo takes their mean, iwae the logarithm of their mean weight.",
        AtLeast = 1, Unit = "draws", Group = SettingGroup.Objective, JsonOrder = 31)]
    public int Samples { get; init; } = 1;

    /// <summary>How the ELBO's divergence is estimated.</summary>
    [Setting(
        "How elbo takes the KL divergence", Choices = nameof(Registry.Divergences), Group = SettingGroup.Objective,
        JsonOrder = 32)]
    public string Divergence { get; init; } = "exact";

    /// <summary>Epochs over which β rises from 0; 0 for none.</summary>
    [Setting(
        "Epochs over which elbo's weight of KL rises from 0.", AtLeast = 0, Unit = "epochs",
        Group = SettingGroup.Objective, JsonOrder = 33)]
    public double WarmUp { get; init; }

    /// <summary>λ, the nats of each unit's KL that cost nothing.</summary>
    [Setting(
        "Nats of KL that each unit of the code has for nothing in elbo, the mean over a batch; against codes that carry "
            + "nothing.",
        AtLeast = 0, Unit = "nats", Group = SettingGroup.Objective, JsonOrder = 34)]
    public double FreeBits { get; init; }

    /// <summary>W, the weight of the structural similarity of pictures beside −log p(x | z); 0 for none.</summary>
    [Setting(
        "Weight of structural similarity (SSIM): adds X times D times (1 - SSIM) / 2, for D numbers of a picture, against pictures "
            + "that blur. The loss is then no bound on -log p(x).",
        Default = "0, without it", AtLeast = 0, AtMost = 1e6, Group = SettingGroup.Objective, JsonOrder = 71, OmitDefault = true)]
    public double Ssim { get; init; }

    /// <summary>Scales of the similarity, as far as the size of a picture allows.</summary>
    [Setting(
        "With --ssim: compares pictures at N sizes too, each half of the one before (MS-SSIM), as long as they have 11 rows and columns.",
        AtLeast = 1, AtMost = Models.SimilarityTerm.MostScales, Unit = "scales", Group = SettingGroup.Objective, JsonOrder = 72, OmitDefault = true)]
    public int SsimScales { get; init; } = 1;

    /// <summary>The weight that KL has in the end: β, or 0 for an objective without a prior. Follows from the others.</summary>
    [Setting(JsonOrder = 36)]
    public double EffectiveBeta => CreateObjective().DivergenceWeight(globalStep: 0);

    // ---- Optimizer: where parameters start, and how each step moves them.

    /// <summary>How parameters are drawn before the first step.</summary>
    [Setting(
        "How parameters are drawn before the first step", Choices = nameof(Registry.Initializers),
        Group = SettingGroup.Optimizer, JsonOrder = 37)]
    public string Initializer { get; init; } = "torch";

    /// <summary>Where the decoder's last bias starts.</summary>
    [Setting(
        "Where the decoder's last bias starts", Choices = nameof(Registry.OutputBiases), Group = SettingGroup.Optimizer,
        JsonOrder = 38)]
    public string OutputBias { get; init; } = "drawn";

    /// <summary>Adam's α.</summary>
    [Setting("Adam's step size, above 0.", Above = 0, Group = SettingGroup.Optimizer, JsonOrder = 15)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>How α changes as training goes on.</summary>
    [Setting(
        "How the learning rate changes", Choices = nameof(Registry.LearningRateSchedules), Group = SettingGroup.Optimizer,
        JsonOrder = 39)]
    public string Schedule { get; init; } = "constant";

    /// <summary>For the schedule <c>steps</c>: α from some epochs on, in their order.</summary>
    [Setting(
        "For --schedule steps: the learning rate from an epoch on, as in 5:5e-4,9:1e-4; before the first of them it is "
            + "--learning-rate.",
        Group = SettingGroup.Optimizer, JsonOrder = 40)]
    public RateStep[] RateSteps { get; init; } = [];

    /// <summary>For the schedule <c>cosine</c>: α at the end.</summary>
    [Setting(
        "For --schedule cosine: the learning rate at the end.", AtLeast = 0, Group = SettingGroup.Optimizer, JsonOrder = 41)]
    public double FinalLearningRate { get; init; }

    /// <summary>Adam's β₁, the decay of the mean gradient; as large as 1 in float32, it would never move.</summary>
    [Setting(
        "Adam's decay of the mean gradient, from 0 to below 1.", AtLeast = 0, Below = 1, InFloat32 = true,
        Group = SettingGroup.Optimizer, JsonOrder = 42)]
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>Adam's β₂, the decay of the mean squared gradient; as large as 1 in float32, it would never move.</summary>
    [Setting(
        "Adam's decay of the mean squared gradient, from 0 to below 1.", AtLeast = 0, Below = 1, InFloat32 = true,
        Group = SettingGroup.Optimizer, JsonOrder = 43)]
    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>Adam's ε, added to the root of the mean squared gradient.</summary>
    [Setting(
        "Added to the root of the mean squared gradient before a step is divided by it, above 0.", Above = 0,
        InFloat32 = true, Group = SettingGroup.Optimizer, JsonOrder = 44)]
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>λ of decoupled weight decay (AdamW), on weights but not on biases; 0 for none.</summary>
    [Setting(
        "Takes this part, times the learning rate, from each weight in a step, apart from Adam's moments as AdamW does; "
            + "biases are left alone.",
        AtLeast = 0, Note = "0 takes nothing", Group = SettingGroup.Optimizer, JsonOrder = 45)]
    public double WeightDecay { get; init; }

    /// <summary>The largest norm of the gradient of all parameters together; 0 for any.</summary>
    [Setting(
        "Shortens the gradient of all parameters to this length where it is longer; 0 never does.", AtLeast = 0,
        Note = "0 clips nothing", Group = SettingGroup.Optimizer, JsonOrder = 46)]
    public double ClipNorm { get; init; }

    // ---- Training: how long, in what steps and where.

    /// <summary>Passes over the training images.</summary>
    [Setting(
        "Times that training sees every image.", Default = "10; on a table as many as make 2000 steps", AtLeast = 1, Unit = "epochs", Group = SettingGroup.Training,
        JsonOrder = 14, MayChange = true)]
    public int Epochs { get; init; } = 10;

    /// <summary>
    /// The run is measured, saved and drawn after each so many epochs, and at its end: 1 for every epoch.
    /// </summary>
    [Setting(
        "Measures, saves and draws after each N epochs, and at the end: for runs of thousands.", AtLeast = 1,
        Unit = "epochs", Group = SettingGroup.Training, JsonOrder = 47)]
    public int EvaluateEvery { get; init; } = 1;

    /// <summary>Which measured epochs have pictures.</summary>
    [Setting(
        "Which of the epochs that are measured have pictures", Choices = nameof(Registry.PictureShares),
        Group = SettingGroup.Training, JsonOrder = 69, MayChange = true, OmitDefault = true)]
    public string Pictures { get; init; } = "auto";

    /// <summary>How many epochs keep their pictures; null for all.</summary>
    [Setting(
        "Keeps the pictures of the newest N epochs that have some, and deletes those of before: for runs of thousands.",
        Default = "all", AtLeast = 1, Unit = "epochs", Group = SettingGroup.Training, JsonOrder = 73, MayChange = true, OmitDefault = true)]
    public int? KeepPictures { get; init; }

    /// <summary>Images in a step.</summary>
    [Setting("Images in a step.", AtLeast = 1, Unit = "images", Group = SettingGroup.Training, JsonOrder = 13)]
    public int Batch { get; init; } = 128;

    /// <summary>Decides every random number of the run.</summary>
    [Setting(
        "Where every random number comes from: the same seed on the same device gives the same bits.",
        Group = SettingGroup.Training, JsonOrder = 16)]
    public ulong Seed { get; init; } = 1;

    /// <summary>The device asked for.</summary>
    [Setting(
        "What computes: auto, cpu, cuda, opencl, …; gpuvae devices lists what there is.", Placeholder = "NAME",
        Group = SettingGroup.Training, JsonOrder = 17)]
    public string Device { get; init; } = "auto";

    /// <summary>What products round their operands to, a <see cref="Kernels.Precision"/>.</summary>
    [Setting(
        "What the products of layers round to", More = "Weights, losses and Adam are fp32 always.",
        Choices = nameof(Registry.Precisions), Group = SettingGroup.Training, JsonOrder = 18)]
    public string Precision { get; init; } = "fp32";

    /// <summary>Steps that one launch of a persistent kernel does at most; null for a graph of launches each step.</summary>
    [Setting(
        "On an NVIDIA GPU one launch does up to N steps, with the same arithmetic. Reports and checkpoints come when they "
        + "would; Ctrl-C waits for its end.", Default = "each step is a graph of launches", AtLeast = 1, Unit = "steps",
        Group = SettingGroup.Training, JsonOrder = 74, MayChange = true, OmitDefault = true)]
    public int? StepsPerLaunch { get; init; }

    // ---- Stopping: when a run is saved and when it ends.

    /// <summary>When checkpoints are written, as <see cref="CheckpointInterval"/> reads it.</summary>
    [Setting(
        "Saves after each so many steps (500) or so much time (30s, 1m, 2h), besides at the end.",
        Default = "after each epoch that is measured", Check = nameof(CheckInterval), Placeholder = "N|TIME",
        Group = SettingGroup.Stopping, JsonOrder = 49, MayChange = true)]
    public string CheckpointEvery { get; init; } = CheckpointInterval.Epoch;

    /// <summary>Ends the run when the test loss has not improved for so many epochs; null for never.</summary>
    [Setting(
        "Ends when the test loss has not improved for N epochs.", Default = "never", AtLeast = 1, Unit = "epochs",
        Group = SettingGroup.Stopping, JsonOrder = 50, MayChange = true)]
    public int? Patience { get; init; }
}
