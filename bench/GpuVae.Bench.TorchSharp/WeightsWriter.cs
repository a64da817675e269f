using GpuVae.Bench.Workers;
using GpuVae.Files;
using static TorchSharp.torch;
using TorchSharp;
using TorchSharp.Modules;

namespace GpuVae.Bench.TorchSharp;

/// <summary>Writes the weights of a model of random numbers, and what it computes with them.</summary>
internal static class WeightsWriter
{
    private const int Count = 8;

    /// <summary>
    /// The layers with tensors under the names of the Python programs: of Keras's and TensorFlow's models, which are in another
    /// framework, those that a port gives; of the others their own. Two at a place are heads.
    /// </summary>
    private static readonly Dictionary<string, string[][]> _names = new()
    {
        ["keras"] =
        [
            ["conv1"], ["conv2"], ["fc1"], ["z_mean", "z_log_var"], ["fc2"], ["deconv1"], ["deconv2"], ["deconv3"],
        ],
        ["tf"] = [["encoder.0"], ["encoder.2"], ["encoder.5"], ["decoder.0"], ["decoder.2"], ["decoder.4"], ["decoder.6"]],
        ["vanilla64"] =
        [
            .. Pairs("encoder", 0, 5), ["fc_mu", "fc_var"], ["decoder_input"], .. Pairs("decoder", 0, 4), ["final_layer.0"],
            ["final_layer.1"], ["final_layer.3"],
        ],
        ["pythae-mnist"] =
        [
            .. Pairs("encoder.layers", 0, 4), ["encoder.embedding", "encoder.log_var"], ["decoder.layers.0"],
            .. Pairs("decoder.layers", 1, 2), ["decoder.layers.3.0"],
        ],
    };

    /// <summary>Writes both files of <see cref="TorchWeights"/> into a folder.</summary>
    public static void Write(string model, string folder)
    {
        random.manual_seed(1);
        var settings = new EpochSettings { Network = model };
        bool takesPictures = settings.Convolutional!.TakesPictures;
        long[] shape = takesPictures ? [Count, 3, 64, 64] : [Count, 1, 28, 28];
        using DisposeScope scope = NewDisposeScope();
        using IDisposable none = no_grad();
        using var autoencoder = Autoencoder.Create((int)(shape[1] * shape[2] * shape[3]), settings);
        MoveNorms(autoencoder);
        autoencoder.eval();
        Tensor images = rand(shape), codes = randn(Count, settings.Convolutional.Latent);
        NamedTensor[] examples =
        [
            Named(TorchWeights.Images, images), Named(TorchWeights.Heads, autoencoder.Encoder.forward(images)),
            Named(TorchWeights.Codes, codes), Named(TorchWeights.Outputs, autoencoder.Decoder.forward(codes)),
        ];
        Dictionary<string, string> metadata = new() { ["format"] = "pt" };
        Safetensors.Write(Path.Combine(folder, TorchWeights.ExamplesFile), examples, metadata);
        // Python's safetensors has them sorted by name.
        NamedTensor[] state = [.. State(autoencoder, _names[model]).OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
        Safetensors.Write(Path.Combine(folder, TorchWeights.StateFile), state, metadata);
    }

    /// <summary>Gives norms what training would: estimates and scales that are not those of the start.</summary>
    private static void MoveNorms(Autoencoder autoencoder)
    {
        foreach ((string name, Tensor tensor) in autoencoder.state_dict())
        {
            if (name.EndsWith("running_mean", StringComparison.Ordinal))
                tensor.uniform_(-0.5, 0.5);
            else if (name.EndsWith("running_var", StringComparison.Ordinal))
                tensor.uniform_(0.5, 1.5);
        }
        foreach (BatchNorm2d norm in autoencoder.modules().OfType<BatchNorm2d>())
        {
            norm.weight!.uniform_(0.5, 1.5);
            norm.bias!.uniform_(-0.5, 0.5);
        }
    }

    private static IEnumerable<NamedTensor> State(Autoencoder autoencoder, string[][] names)
    {
        // Layers in the order in which they compute.
        IGrouping<string, KeyValuePair<string, Tensor>>[] layers =
            [.. autoencoder.state_dict().GroupBy(entry => entry.Key[..entry.Key.LastIndexOf('.')])];
        foreach ((IGrouping<string, KeyValuePair<string, Tensor>> layer, string[] own) in layers.Zip(names, (layer, own) => (layer, own)))
        {
            foreach ((string name, Tensor tensor) in layer)
            {
                Tensor[] parts = own.Length == 1 ? [tensor] : tensor.chunk(own.Length, dim: 0);
                for (int i = 0; i < own.Length; i++)
                    yield return Named(own[i] + name[name.LastIndexOf('.')..], parts[i]);
            }
        }
        if (layers.Length != names.Length)
            throw new InvalidOperationException($"{layers.Length} layers have tensors, and {names.Length} have names.");
    }

    private static NamedTensor Named(string name, Tensor tensor) => new(
        name, [.. tensor.shape.Select(size => (int)size)],
        tensor.to_type(ScalarType.Float32).contiguous().data<float>().ToArray());

    private static IEnumerable<string[]> Pairs(string container, int first, int count) =>
        Enumerable.Range(first, count).SelectMany(i => (string[][])[[$"{container}.{i}.0"], [$"{container}.{i}.1"]]);
}
