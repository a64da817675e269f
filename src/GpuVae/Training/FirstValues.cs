using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Training;

/// <summary>The parameters before the first step.</summary>
internal static class FirstValues
{
    /// <summary>Draws them, and sets the decoder's last bias where the configuration says so.</summary>
    public static void Set(RunConfiguration configuration, IDevice backend, Autoencoder model, ImageSet images)
    {
        model.Parameters.Initialize(
            configuration.Seed, Choices.Find("--initializer", configuration.Initializer, Choices.Initializers));
        Func<ILikelihood, double, double>? outputOf =
            Choices.Find("--output-bias", configuration.OutputBias, Choices.OutputBiases);
        if (outputOf is null)
            return;
        double[] means = PixelEncodings.Means(
            images, Choices.Find("--binarize", configuration.Binarize, Choices.Encodings));
        backend.Upload<float>(
            Array.ConvertAll(means, mean => (float)outputOf(model.Likelihood, mean)), model.OutputBias);
    }
}
