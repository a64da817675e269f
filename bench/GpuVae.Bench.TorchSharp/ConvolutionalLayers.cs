using GpuVae.Bench.Workers;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;
using Layer = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;

namespace GpuVae.Bench.TorchSharp;

/// <summary>The layers of the convolutional models, the same as <see cref="ConvolutionalModel"/> has in words.</summary>
internal static class ConvolutionalLayers
{
    public static (Sequential Encoder, Sequential Decoder) Create(ConvolutionalModel model) => model.Name switch
    {
        "keras" => Keras(model.Latent),
        "tf" => TensorFlow(model.Latent),
        "vanilla64" => Vanilla(model.Latent),
        "pythae-mnist" => Pythae(model.Latent),
        _ => throw new ArgumentException($"No layers are written for {model.Name}.", nameof(model)),
    };

    private static (Sequential Encoder, Sequential Decoder) Keras(int latent) => (
        Sequential(
            Shrink(1, 32, 3), ReLU(),
            Shrink(32, 64, 3), ReLU(),
            Flatten(), Linear(64 * 7 * 7, 16), ReLU(), Linear(16, 2 * latent)),
        Sequential(
            Linear(latent, 64 * 7 * 7), ReLU(), Unflatten(1, [64, 7, 7]),
            Double(64, 64), ReLU(),
            Double(64, 32), ReLU(),
            ConvTranspose2d(32, 1, 3, padding: 1)));

    private static (Sequential Encoder, Sequential Decoder) TensorFlow(int latent) => (
        Sequential(
            Shrink(1, 16, 3), ReLU(),
            Shrink(16, 8, 3), ReLU(),
            Flatten(), Linear(8 * 7 * 7, latent)),
        Sequential(
            Linear(latent, 8 * 7 * 7), Unflatten(1, [8, 7, 7]),
            Double(8, 8), ReLU(),
            Double(8, 16), ReLU(),
            Conv2d(16, 1, 3, padding: 1), Sigmoid()));

    private static (Sequential Encoder, Sequential Decoder) Vanilla(int latent)
    {
        int[] channels = [3, 32, 64, 128, 256, 512];
        int[] back = [512, 256, 128, 64, 32, 32];
        return (
            Sequential([
                .. Pairs(channels).SelectMany(pair => Normed(Shrink(pair.From, pair.To, 3), pair.To, LeakyReLU(0.01))),
                Flatten(), Linear(512 * 2 * 2, 2 * latent),
            ]),
            Sequential([
                Linear(latent, 512 * 2 * 2), Unflatten(1, [512, 2, 2]),
                .. Pairs(back).SelectMany(pair => Normed(Double(pair.From, pair.To), pair.To, LeakyReLU(0.01))),
                Conv2d(32, 3, 3, padding: 1), Tanh(),
            ]));
    }

    private static (Sequential Encoder, Sequential Decoder) Pythae(int latent) => (
        Sequential([
            .. Pairs([1, 128, 256, 512, 1024]).SelectMany(pair => Normed(Shrink(pair.From, pair.To, 4), pair.To, ReLU())),
            Flatten(), Linear(1024, 2 * latent),
        ]),
        Sequential([
            Linear(latent, 1024 * 4 * 4), Unflatten(1, [1024, 4, 4]),
            .. Normed(ConvTranspose2d(1024, 512, 3, stride: 2, padding: 1), 512, ReLU()),
            .. Normed(Double(512, 256), 256, ReLU()),
            Double(256, 1), Sigmoid(),
        ]));

    /// <summary>A convolution to maps of half the side.</summary>
    private static Conv2d Shrink(int from, int to, int kernel) => Conv2d(from, to, kernel, stride: 2, padding: 1);

    /// <summary>A transposed one to maps of twice the side.</summary>
    private static ConvTranspose2d Double(int from, int to) =>
        ConvTranspose2d(from, to, 3, stride: 2, padding: 1, output_padding: 1);

    private static IEnumerable<Layer> Normed(Layer convolution, int channels, Layer activation) =>
        [convolution, BatchNorm2d(channels), activation];

    private static IEnumerable<(int From, int To)> Pairs(int[] channels) => channels.Zip(channels.Skip(1));
}
