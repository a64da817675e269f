using GpuVae.Runs;

namespace GpuVae.Reproductions;

/// <summary>
/// The VAE of Keras's examples ("Variational AutoEncoder", F. Chollet): two convolutions before a code of two numbers, and
/// transposed ones behind it.
/// </summary>
/// <remarks>
/// Its page prints the mean loss of the steps of each epoch on all 70,000 digits, so that no digit is held out: 146.95 nats in
/// epoch 30. The same training on the 60,000 tells what the model makes of new digits.
/// </remarks>
internal static class KerasExample
{
    private const int ShortEpochs = 5;

    /// <summary>As on the page, or on the training images alone.</summary>
    public static RunConfiguration Configure(SettingChoices choices) => RunConfiguration.FromPreset("conv-vae") with
    {
        Data = choices.Data ?? new RunConfiguration().Data,
        TrainOnAll = !choices.IsShort && !choices.HoldsOut,
        Network = "conv 32 3/2, conv 64 3/2, dense 16",
        Decoder = "7x7x64, up 64 3*2, up 32 3*2, conv C 3",
        Latent = 2,
        Initializer = "glorot",
        AdamEpsilon = 1e-7,
        Epochs = choices.IsShort ? ShortEpochs : 30,
    };

    /// <summary>The loss that the page prints, or that of the test images.</summary>
    public static IReadOnlyList<Comparison> Measure(TrainedSetting setting)
    {
        EpochMetrics last = setting.Result.Epochs[^1];
        double? bound = setting.Choices.IsShort ? 160.5 : null;
        return setting.Configuration.TrainOnAll
            ? [new("training loss, test images included, nats per image", last.TrainLoss, 146.95, null, IsAtMost: true)]
            :
            [
                new("training loss, nats per image", last.TrainLoss, null, null, IsAtMost: true),
                new("test loss, nats per image", last.TestLoss, null, bound, IsAtMost: true),
            ];
    }
}
