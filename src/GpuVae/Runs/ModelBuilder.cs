using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <summary>Makes the model that a configuration describes.</summary>
public static class ModelBuilder
{
    /// <summary>The model that a configuration describes, with parameters of zero.</summary>
    /// <param name="configuration">The choices.</param>
    /// <param name="device">Where the model runs.</param>
    /// <param name="dimensions">D, pixels of an image.</param>
    /// <param name="capacity">Images of the largest batch.</param>
    /// <param name="draws">Most draws of a batch; fewer than <paramref name="capacity"/> count as that.</param>
    /// <exception cref="UserException">It would be too large.</exception>
    public static Autoencoder Build(
        RunConfiguration configuration, IDevice device, int dimensions, int capacity, long draws = 0)
    {
        if ((decimal)draws * dimensions > int.MaxValue)
        {
            throw new ModelTooLargeException(
                "--batch, --samples",
                $"{draws} draws of {dimensions} numbers are too many, and {int.MaxValue} can be counted",
                (decimal)draws * dimensions * sizeof(float));
        }
        return new(
            device, Shape.Vector(dimensions), capacity, configuration.CorruptionChoice.Create(configuration.Noise),
            new NetworkSettings(configuration.Hidden, Registry.Layers.Find(configuration.Activation)),
            configuration.CreateCode(), configuration.CreateLikelihood(dimensions), configuration.CreateObjective(), (int)draws);
    }

    /// <summary>Draws the parameters as they are before the first step, and sets the decoder's last bias where that is asked for.</summary>
    /// <param name="configuration">The choices.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="model">What gets its first parameters.</param>
    /// <param name="images">What it is trained on, for the mean of each pixel.</param>
    public static void InitializeParameters(RunConfiguration configuration, IDevice device, Autoencoder model, ImageSet images)
    {
        model.Parameters.Initialize(configuration.Seed, Registry.Initializers.Find(configuration.Initializer));
        Func<ILikelihood, double, int, double>? outputOf = Registry.OutputBiases.Find(configuration.OutputBias);
        if (outputOf is null)
            return;
        double[] means = PixelEncodings.Means(images, Registry.Encodings.Find(configuration.Binarize));
        device.Upload<float>(
            [.. means.Select((mean, column) => (float)outputOf(model.Likelihood, mean, column))], model.OutputBias);
    }
}
