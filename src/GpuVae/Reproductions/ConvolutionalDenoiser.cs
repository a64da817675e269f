using GpuVae.Evaluation;
using GpuVae.Runs;

namespace GpuVae.Reproductions;

/// <summary>
/// The second example of TensorFlow's tutorial ("Intro to Autoencoders"): convolutions to a map of 7×7×8 and transposed ones back,
/// on noisy pictures of clothes.
/// </summary>
/// <remarks>The tutorial draws the noise once for each picture, where training here draws it at every visit.</remarks>
internal static class ConvolutionalDenoiser
{
    private const int CodeNumbers = 7 * 7 * 8;
    private const int Pixels = 28 * 28;
    private const int ShortEpochs = 5;

    /// <summary>The map is the code, so that there is no dense layer.</summary>
    public static RunConfiguration Configure(SettingChoices choices) => RunConfiguration.FromPreset("conv-denoise") with
    {
        Data = choices.Data ?? "fashion-mnist",
        Noise = 0.2,
        Network = "conv 16 3/2, conv 8 3/2, code",
        Decoder = "up 8 3*2, up 16 3*2, conv C 3 sigmoid",
        Latent = CodeNumbers,
        Initializer = "glorot",
        // Keras takes the mean of the squares over an image where this is half their sum, and its ε is 1e-7.
        AdamEpsilon = 1e-7 * Pixels / 2,
        Batch = 32,
        Epochs = choices.IsShort ? ShortEpochs : 10,
    };

    /// <summary>The mean squared error of the denoised test images against the clean ones.</summary>
    public static IReadOnlyList<Comparison> Measure(TrainedSetting setting)
    {
        using TrainedModel trained = setting.Open();
        using var evaluator = new Evaluator(
            setting.Device, trained.Model, setting.Data.Test, setting.Configuration.Seed, trained.Encoding);
        bool isShort = setting.Choices.IsShort;
        return
        [
            new("squared error of the noisy images, per pixel", evaluator.MeanSquaredNoise(), null, null, IsAtMost: true),
            new(
                "squared error of the denoised images, per pixel", evaluator.MeanSquaredError(), isShort ? null : 0.0070,
                isShort ? 0.0076 : null, IsAtMost: true),
        ];
    }
}
