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
    /// <param name="image">An image of D numbers.</param>
    /// <param name="capacity">Images of the largest batch.</param>
    /// <param name="draws">Most draws of a batch; fewer than <paramref name="capacity"/> count as that.</param>
    /// <exception cref="UserException">It would be too large.</exception>
    public static Autoencoder Build(
        RunConfiguration configuration, IDevice device, Shape image, int capacity, long draws = 0)
    {
        int dimensions = image.Size;
        if ((decimal)draws * dimensions > int.MaxValue)
        {
            throw new ModelTooLargeException(
                "--batch, --samples",
                $"{draws} draws of {dimensions} numbers are too many, and {int.MaxValue} can be counted",
                (decimal)draws * dimensions * sizeof(float));
        }
        return configuration.Blaming(() => new Autoencoder(
            device, image, capacity, configuration.CreateCorruption(),
            configuration.CreateNetwork(), configuration.CreateCode(), configuration.CreateLikelihood(dimensions), configuration.CreateObjective(), (int)draws,
            configuration.Ssim > 0 ? new SimilaritySettings(configuration.Ssim, configuration.SsimScales) : null));
    }

    /// <summary>
    /// The model that a configuration describes, to be used and not trained: without gradients and moments, and with another's
    /// parameters where these are given.
    /// </summary>
    /// <param name="configuration">The choices.</param>
    /// <param name="device">Where the model runs: on the host's memory, where parameters are shared.</param>
    /// <param name="image">An image of D numbers.</param>
    /// <param name="capacity">Images of the largest batch.</param>
    /// <param name="shared">The parameters of a model of the same configuration; null for its own, of zero.</param>
    /// <exception cref="UserException">It would be too large.</exception>
    internal static Autoencoder BuildForUse(
        RunConfiguration configuration, IDevice device, Shape image, int capacity, ParameterArena? shared) => new(
            device, image, capacity, configuration.CreateCorruption(), configuration.CreateNetwork(),
            configuration.CreateCode(), configuration.CreateLikelihood(image.Size), configuration.CreateObjective(),
            drawCapacity: 0, similarity: null, parameters => parameters.AllocateForUse(shared));

    /// <summary>Draws the parameters as they are before the first step, and sets the decoder's last bias where that is asked for.</summary>
    /// <param name="configuration">The choices.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="model">What gets its first parameters.</param>
    /// <param name="images">What it is trained on, for the mean of each pixel.</param>
    public static void InitializeParameters(RunConfiguration configuration, IDevice device, Autoencoder model, ImageSet images)
    {
        model.Parameters.Initialize(configuration.Seed, Making.Of(
            "--initializer", configuration.Initializer, () => Registry.Initializers.Find(configuration.Initializer)));
        Func<ILikelihood, double, int, double>? outputOf = Registry.OutputBiases.Find(configuration.OutputBias);
        if (outputOf is null)
            return;
        double[] means = PixelEncodings.Means(images, Registry.Encodings.Find(configuration.Binarize));
        int biases = model.OutputBias.Columns;
        if (biases == 0)
        {
            throw new UserException(
                $"--output-bias {configuration.OutputBias}: the decoder does not end in a layer with a bias; leave it out");
        }
        // A convolution has one bias for all pixels of a channel. Of each pixel the first parameters come first.
        int parameters = model.Likelihood.ParametersPerNumber, channels = model.Image.Channels, numbers = biases / parameters;
        float BiasOf(int output)
        {
            int pixel = output / (parameters * channels), channel = output % (parameters * channels);
            int number = (pixel * channels) + channel;
            return channel >= channels ? 0 : (float)outputOf(
                model.Likelihood, Enumerable.Range(0, means.Length / numbers).Average(group => means[(group * numbers) + number]), number);
        }
        device.Upload<float>([.. Enumerable.Range(0, biases).Select(BiasOf)], model.OutputBias);
    }
}
