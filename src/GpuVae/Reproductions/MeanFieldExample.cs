using GpuVae.Evaluation;
using GpuVae.Runs;

namespace GpuVae.Reproductions;

/// <summary>
/// The VAE of J. Altosaar's example in PyTorch (github.com/altosaar/variational-autoencoder): 784-256-256-128 on binary digits,
/// with log p(x) of the test digits after 30,000 steps of RMSprop. Its version in JAX has layers of 512 and got 96.72 nats.
/// </summary>
/// <remarks>
/// Its digits were binarised once for all (Larochelle and Murray 2011), 50,000 of them to train on. Here all 60,000 are binarised
/// anew at every visit, and the test digits once, with the grey values as probabilities, which makes figures better that are
/// no better models. Images of 0 and 255 stay as they are, so that with a file of those digits only the number of them and the
/// optimizer differ.
/// </remarks>
internal static class MeanFieldExample
{
    // As many as there.
    private const int TestSamples = 1000;
    private const double Published = 100.31;
    private const double PublishedOfWiderLayers = 96.72;

    /// <summary>24 epochs, with a rate that falls to 0.</summary>
    public static RunConfiguration Configure(SettingChoices choices) => RunConfiguration.FromPreset("vae") with
    {
        Data = choices.Data ?? new RunConfiguration().Data,
        Binarize = "dynamic",
        Hidden = [256, 256],
        Latent = 128,
        Schedule = "cosine",
        Epochs = 24,
    };

    /// <summary>The importance-sampled likelihood of the test images.</summary>
    public static IReadOnlyList<Comparison> Measure(TrainedSetting setting)
    {
        using TrainedModel trained = setting.Open(ImportanceSampler.DecoderBatch);
        using var sampler = new ImportanceSampler(
            setting.Device, trained.Model, trained.Encoding, setting.Configuration.Seed);
        ImportanceEstimate estimate = sampler.Estimate(setting.Test, TestSamples, setting.Progress);
        return
        [
            new(
                "−log p(x), nats per image", estimate.NegativeLogLikelihood, Published, PublishedOfWiderLayers, IsAtMost: true),
        ];
    }
}
