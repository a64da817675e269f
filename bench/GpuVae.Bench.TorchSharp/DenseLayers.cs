using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GpuVae.Bench.TorchSharp;

/// <summary>The layers of the dense variational autoencoder.</summary>
internal static class DenseLayers
{
    public static (Sequential Encoder, Sequential Decoder) Create(
        int dimensions, IReadOnlyList<int> hidden, int latent, string activation) =>
        (Row([dimensions, .. hidden, 2 * latent], activation), Row([latent, .. hidden.Reverse(), dimensions], activation));

    private static Sequential Row(int[] widths, string activation)
    {
        var layers = new List<Module<Tensor, Tensor>>();
        for (int layer = 0; layer + 1 < widths.Length; layer++)
        {
            if (layer > 0)
            {
                layers.Add(activation switch
                {
                    "relu" => ReLU(),
                    "tanh" => Tanh(),
                    _ => throw new ArgumentException($"No activation {activation}.", nameof(activation)),
                });
            }
            layers.Add(Linear(widths[layer], widths[layer + 1]));
        }
        return Sequential(layers);
    }
}
