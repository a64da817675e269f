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
        model.Parameters.Initialize(configuration.Seed, Registry.Initializers.Find(configuration.Initializer));
        Func<ILikelihood, double, double>? outputOf = Registry.OutputBiases.Find(configuration.OutputBias);
        if (outputOf is null)
            return;
        double[] means = PixelEncodings.Means(images, Registry.Encodings.Find(configuration.Binarize));
        backend.Upload<float>(
            Array.ConvertAll(means, mean => (float)outputOf(model.Likelihood, mean)), model.OutputBias);
    }
}
