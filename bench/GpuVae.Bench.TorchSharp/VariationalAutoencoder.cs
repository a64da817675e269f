using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GpuVae.Bench.TorchSharp;

/// <summary>The dense variational autoencoder as a user of TorchSharp writes it.</summary>
internal sealed class VariationalAutoencoder : Module<Tensor, (Tensor Logits, Tensor Mean, Tensor LogVariance)>
{
    private readonly Sequential _encoder;
    private readonly Sequential _decoder;

    public VariationalAutoencoder(int dimensions, IReadOnlyList<int> hidden, int latent, string activation)
        : base(nameof(VariationalAutoencoder))
    {
        // Mean and log-variance come from one product: faster than two narrow ones.
        _encoder = Dense([dimensions, .. hidden, 2 * latent], activation);
        _decoder = Dense([latent, .. hidden.Reverse(), dimensions], activation);
        RegisterComponents();
    }

    public override (Tensor Logits, Tensor Mean, Tensor LogVariance) forward(Tensor x)
    {
        Tensor[] head = _encoder.forward(x).chunk(2, dim: 1);
        Tensor mean = head[0];
        Tensor logVariance = head[1];
        Tensor z = mean + (randn_like(mean) * (0.5 * logVariance).exp());
        return (_decoder.forward(z), mean, logVariance);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _encoder.Dispose();
            _decoder.Dispose();
        }
        base.Dispose(disposing);
    }

    private static Sequential Dense(int[] widths, string activation)
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
