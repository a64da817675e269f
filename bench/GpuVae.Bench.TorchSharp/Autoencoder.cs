using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GpuVae.Bench.TorchSharp;

/// <summary>An encoder and a decoder, and the draw between them, as a user of TorchSharp writes them.</summary>
/// <param name="encoder">Gives means and log-variances of codes side by side, or codes.</param>
/// <param name="decoder">Gives images of codes.</param>
/// <param name="isVariational">Whether codes are drawn.</param>
internal sealed class Autoencoder(Sequential encoder, Sequential decoder, bool isVariational)
    : Module<Tensor, (Tensor Outputs, Tensor? Mean, Tensor? LogVariance)>(nameof(Autoencoder))
{
    /// <summary>Images to means and log-variances, or codes.</summary>
    public Sequential Encoder => encoder;

    /// <summary>Codes to images.</summary>
    public Sequential Decoder => decoder;

    /// <summary>The model that settings describe.</summary>
    public static Autoencoder Create(int dimensions, Workers.EpochSettings settings)
    {
        (Sequential encoder, Sequential decoder) = settings.Convolutional is { } model
            ? ConvolutionalLayers.Create(model)
            : DenseLayers.Create(dimensions, settings.Hidden, settings.Latent, settings.Activation);
        var autoencoder = new Autoencoder(encoder, decoder, settings.Convolutional is not { IsVariational: false });
        autoencoder.register_module("encoder", encoder);
        autoencoder.register_module("decoder", decoder);
        if (settings.Convolutional is { StartsAsKeras: true })
            autoencoder.StartAsKeras();
        return autoencoder;
    }

    public override (Tensor Outputs, Tensor? Mean, Tensor? LogVariance) forward(Tensor x)
    {
        Tensor head = encoder.forward(x);
        if (!isVariational)
            return (decoder.forward(head), null, null);
        // Mean and log-variance come from one product: faster than two narrow ones.
        Tensor[] halves = head.chunk(2, dim: 1);
        Tensor mean = halves[0];
        Tensor logVariance = halves[1];
        Tensor z = mean + (randn_like(mean) * (0.5 * logVariance).exp());
        return (decoder.forward(z), mean, logVariance);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            encoder.Dispose();
            decoder.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>Weights from ±√(6/(inputs + outputs)) and biases of 0.</summary>
    private void StartAsKeras()
    {
        using IDisposable _ = no_grad();
        foreach (Parameter parameter in parameters())
        {
            if (parameter.dim() == 1)
            {
                parameter.zero_();
                continue;
            }
            long window = parameter.shape.Skip(2).Aggregate(1L, (product, side) => product * side);
            double bound = Math.Sqrt(6.0 / (window * (parameter.shape[0] + parameter.shape[1])));
            parameter.uniform_(-bound, bound);
        }
    }
}
