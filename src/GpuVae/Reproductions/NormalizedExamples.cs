using GpuVae.Evaluation;
using GpuVae.Runs;

namespace GpuVae.Reproductions;

/// <summary>Networks with batch normalisation whose sources print no figure: what is measured stands beside nothing.</summary>
internal static class NormalizedExamples
{
    private const int Pixels64 = 64 * 64 * 3;
    private const double RateOf64 = 5e-3;
    private const int EpochsOf64 = 100;

    private static readonly int[] _channels64 = [32, 64, 128, 256, 512];
    private static readonly int[] _channelsOfPythae = [128, 256, 512, 1024];

    /// <summary>VanillaVAE of PyTorch-VAE (A. K. Subramanian): colour pictures of 64×64, five convolutions, z = 128.</summary>
    /// <remarks>
    /// It minimises the mean of the squares over all numbers of an image and 0.00025 KL. Half their sum, which a gaussian
    /// likelihood has, is that times half the numbers: so are the weight of KL and Adam's ε. The rate falls by a twentieth
    /// after each epoch, and pictures are mirrored at random. Its own are the middle of CelebA's, where these are whole.
    /// </remarks>
    /// <exception cref="UserException">No folder was given.</exception>
    public static RunConfiguration ConfigureVanilla64(SettingChoices choices) => RunConfiguration.FromPreset("conv-vae-64") with
    {
        Data = choices.Data ?? throw new UserException(
            "--data: this set does not come along; give a folder of pictures, of CelebA for one, which are drawn at 64×64"),
        ImageSize = "64",
        Color = "rgb",
        Augment = "flip",
        Network = string.Join(", ", _channels64.Select(channels => $"conv {channels} 3/2 pad 1 norm batch")),
        Decoder = "2x2x512 linear, "
            + string.Concat(_channels64.SkipLast(1).Reverse().Append(_channels64[0]).Select(channels => $"up {channels} 3*2 pad 1+1 norm batch, "))
            + "conv C 3 pad 1 tanh",
        Activation = "leaky-relu",
        Latent = 128,
        Likelihood = "gaussian",
        Beta = 0.00025 * Pixels64 / 2,
        AdamEpsilon = 1e-8 * Pixels64 / 2,
        LearningRate = RateOf64,
        Schedule = "steps",
        RateSteps =
        [
            .. Enumerable.Range(2, EpochsOf64 - 1).Select(epoch => new RateStep(epoch, RateOf64 * Math.Pow(0.95, epoch - 1))),
        ],
        Batch = 64,
        Epochs = EpochsOf64,
    };

    /// <summary>
    /// The convolutional VAE of pythae for MNIST (Chadebec, Vincent and Allassonnière 2022) as its example script trains it: 128 to
    /// 1,024 channels, z = 16, half the sum of the squares.
    /// </summary>
    public static RunConfiguration ConfigurePythae(SettingChoices choices) => RunConfiguration.FromPreset("vae") with
    {
        Data = choices.Data ?? new RunConfiguration().Data,
        Network = string.Join(", ", _channelsOfPythae.Select(channels => $"conv {channels} 4/2 pad 1 norm batch")),
        Decoder = "4x4x1024 linear, up 512 3*2 pad 1 norm batch, up 256 3*2 pad 1+1 norm batch, up C 3*2 pad 1+1 sigmoid",
        Latent = 16,
        Likelihood = "gaussian",
        Batch = 100,
        Epochs = 100,
    };

    /// <summary>What the test images are given back as, and what their codes cost.</summary>
    public static IReadOnlyList<Comparison> Measure(TrainedSetting setting)
    {
        using TrainedModel trained = setting.Open();
        using var evaluator = new Evaluator(
            setting.Device, trained.Model, setting.Data.Test, setting.Configuration.Seed, trained.Encoding);
        return
        [
            new("squared error of the test images, per number", evaluator.MeanSquaredError(), null, null, IsAtMost: true),
            new("KL, nats per image", setting.Result.Epochs[^1].Kl, null, null, IsAtMost: true),
        ];
    }
}
