using GpuVae.Evaluation;
using GpuVae.Runs;

namespace GpuVae.Reproductions;

/// <summary>
/// The VAE of J. Altosaar's example in PyTorch and JAX (github.com/altosaar/variational-autoencoder): 784-256-256-128 on binary
/// digits, with log p(x) of the test digits.
/// </summary>
/// <remarks>
/// Its digits were binarised once for all (Larochelle and Murray 2011), 50,000 of them to train on. Here all 60,000 are binarised
/// anew at every visit, and the test digits once, with the grey values as probabilities: figures of the two differ by some
/// nats for the same model.
/// </remarks>
internal static class MeanFieldExample
{
    private const int TestSamples = 5000;
    private const double Published = 96.72;

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
            new("−log p(x), nats per image", estimate.NegativeLogLikelihood, Published, Published, IsAtMost: true),
        ];
    }
}
