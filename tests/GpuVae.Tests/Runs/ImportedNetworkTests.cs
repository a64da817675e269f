using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;
using static GpuVae.Tests.Support.TorchLayers;

namespace GpuVae.Tests.Runs;

/// <summary>
/// Weights of four published networks, with fewer channels and under the names that PyTorch programs give them, compute here what
/// PyTorch's definitions say.
/// </summary>
public sealed class ImportedNetworkTests : IDisposable
{
    private const int Images = 3;
    private const double Largest = 1e-4;

    private static readonly RunConfiguration _gaussian = new() { Likelihood = "gaussian" };

    private readonly TemporaryFolder _folder = new();

    /// <summary>Keras's example: layers by names of their own, two heads, means of pixels by a sigmoid.</summary>
    [Fact]
    public void Keras_vae_gives_the_outputs_of_PyTorch()
    {
        TorchState state = new TorchState().Conv("conv1", 1, 4).Conv("conv2", 4, 6).Linear("fc1", 6 * 2 * 2, 5)
            .Linear("z_mean", 5, 2).Linear("z_log_var", 5, 2).Linear("fc2", 2, 6 * 2 * 2)
            .Transposed("deconv1", 6, 6).Transposed("deconv2", 6, 4).Transposed("deconv3", 4, 1);
        var torch = new TorchLayers(state);
        Check(
            state, new Shape(8, 8, 1),
            new RunConfiguration
            {
                Network = "conv 4 3/2 pad 1, conv 6 3/2 pad 1, dense 5",
                Decoder = "2x2x6, up 6 3*2 pad 1+1, up 4 3*2 pad 1+1, up C 3 pad 1",
                Latent = 2,
            },
            x =>
            {
                TorchMap h = Each(torch.Conv2d("conv2", Each(torch.Conv2d("conv1", x, 2, 1), Relu), 2, 1), Relu);
                double[] hidden = Array.ConvertAll(torch.Linear("fc1", h.Values), Relu);
                return [.. torch.Linear("z_mean", hidden), .. torch.Linear("z_log_var", hidden)];
            },
            z =>
            {
                var h = new TorchMap(6, 2, 2, Array.ConvertAll(torch.Linear("fc2", z), Relu));
                h = Each(torch.ConvTranspose2d("deconv1", h, 2, 1, 1), Relu);
                h = Each(torch.ConvTranspose2d("deconv2", h, 2, 1, 1), Relu);
                return Each(torch.ConvTranspose2d("deconv3", h, 1, 1, 0), Sigmoid);
            });
    }

    /// <summary>TensorFlow's denoiser, whose code is a map; its numbers come in another order here.</summary>
    [Fact]
    public void Tf_conv_denoise_gives_the_outputs_of_PyTorch()
    {
        TorchState state = new TorchState().Conv("encoder.0", 1, 4).Conv("encoder.2", 4, 3)
            .Transposed("decoder.0", 3, 3).Transposed("decoder.2", 3, 4).Conv("decoder.4", 4, 1);
        var torch = new TorchLayers(state);
        Check(
            state, new Shape(8, 8, 1),
            _gaussian with
            {
                Network = "conv 4 3/2 pad 1, conv 3 3/2 pad 1, code",
                Decoder = "up 3 3*2 pad 1+1, up 4 3*2 pad 1+1, conv C 3 pad 1 sigmoid",
                Latent = 12,
                Code = "point",
                Objective = "reconstruction",
            },
            x => Each(torch.Conv2d("encoder.2", Each(torch.Conv2d("encoder.0", x, 2, 1), Relu), 2, 1), Relu).ToPixels(),
            z =>
            {
                var code = TorchMap.FromPixels(2, 2, 3, [.. z.Select(number => (float)number)]);
                TorchMap h = Each(torch.ConvTranspose2d("decoder.0", code, 2, 1, 1), Relu);
                h = Each(torch.ConvTranspose2d("decoder.2", h, 2, 1, 1), Relu);
                return Each(torch.Conv2d("decoder.4", h, 1, 1), Sigmoid);
            });
    }

    /// <summary>The VanillaVAE of PyTorch-VAE, whose norms have the same shapes in encoder and decoder.</summary>
    [Fact]
    public void Pytorch_vae_64_gives_the_outputs_of_PyTorch()
    {
        TorchState state = new TorchState()
            .Conv("encoder.0.0", 3, 4).Norm("encoder.0.1", 4).Conv("encoder.1.0", 4, 6).Norm("encoder.1.1", 6)
            .Conv("encoder.2.0", 6, 8).Norm("encoder.2.1", 8).Linear("fc_mu", 8 * 2 * 2, 3).Linear("fc_var", 8 * 2 * 2, 3)
            .Linear("decoder_input", 3, 8 * 2 * 2)
            .Transposed("decoder.0.0", 8, 6).Norm("decoder.0.1", 6).Transposed("decoder.1.0", 6, 4).Norm("decoder.1.1", 4)
            .Transposed("final_layer.0", 4, 4).Norm("final_layer.1", 4).Conv("final_layer.3", 4, 3);
        var torch = new TorchLayers(state);
        Check(
            state, new Shape(16, 16, 3),
            _gaussian with
            {
                Network = "conv 4 3/2 pad 1 norm batch, conv 6 3/2 pad 1 norm batch, conv 8 3/2 pad 1 norm batch",
                Decoder = "2x2x8 linear, up 6 3*2 pad 1+1 norm batch, up 4 3*2 pad 1+1 norm batch, up 4 3*2 pad 1+1 norm batch, "
                    + "conv C 3 pad 1 tanh",
                Activation = "leaky-relu",
                Latent = 3,
                Color = "rgb",
                ImageSize = "16",
            },
            x =>
            {
                TorchMap h = x;
                for (int i = 0; i < 3; i++)
                    h = Each(torch.BatchNorm($"encoder.{i}.1", torch.Conv2d($"encoder.{i}.0", h, 2, 1)), LeakyRelu);
                return [.. torch.Linear("fc_mu", h.Values), .. torch.Linear("fc_var", h.Values)];
            },
            z =>
            {
                var h = new TorchMap(8, 2, 2, torch.Linear("decoder_input", z));
                foreach (string name in (string[])["decoder.0", "decoder.1", "final_layer"])
                    h = Each(torch.BatchNorm($"{name}.1", torch.ConvTranspose2d($"{name}.0", h, 2, 1, 1)), LeakyRelu);
                return Each(torch.Conv2d("final_layer.3", h, 1, 1), Math.Tanh);
            });
    }

    /// <summary>Pythae's networks for MNIST: windows of four pixels, a map of 28 that becomes one pixel.</summary>
    [Fact]
    public void Pythae_mnist_gives_the_outputs_of_PyTorch()
    {
        TorchState state = new TorchState()
            .Conv("encoder.layers.0.0", 1, 3, 4).Norm("encoder.layers.0.1", 3).Conv("encoder.layers.1.0", 3, 4, 4).Norm("encoder.layers.1.1", 4)
            .Conv("encoder.layers.2.0", 4, 5, 4).Norm("encoder.layers.2.1", 5).Conv("encoder.layers.3.0", 5, 6, 4).Norm("encoder.layers.3.1", 6)
            .Linear("encoder.embedding", 6, 2).Linear("encoder.log_var", 6, 2).Linear("decoder.layers.0", 2, 6 * 4 * 4)
            .Transposed("decoder.layers.1.0", 6, 5).Norm("decoder.layers.1.1", 5)
            .Transposed("decoder.layers.2.0", 5, 4).Norm("decoder.layers.2.1", 4).Transposed("decoder.layers.3.0", 4, 1);
        var torch = new TorchLayers(state);
        Check(
            state, new Shape(28, 28, 1),
            _gaussian with
            {
                Network = string.Join(", ", Enumerable.Range(3, 4).Select(channels => $"conv {channels} 4/2 pad 1 norm batch")),
                Decoder = "4x4x6 linear, up 5 3*2 pad 1 norm batch, up 4 3*2 pad 1+1 norm batch, up C 3*2 pad 1+1 sigmoid",
                Latent = 2,
            },
            x =>
            {
                TorchMap h = x;
                for (int i = 0; i < 4; i++)
                    h = Each(torch.BatchNorm($"encoder.layers.{i}.1", torch.Conv2d($"encoder.layers.{i}.0", h, 2, 1)), Relu);
                return [.. torch.Linear("encoder.embedding", h.Values), .. torch.Linear("encoder.log_var", h.Values)];
            },
            z =>
            {
                var h = new TorchMap(6, 4, 4, torch.Linear("decoder.layers.0", z));
                h = Each(torch.BatchNorm("decoder.layers.1.1", torch.ConvTranspose2d("decoder.layers.1.0", h, 2, 1, 0)), Relu);
                h = Each(torch.BatchNorm("decoder.layers.2.1", torch.ConvTranspose2d("decoder.layers.2.0", h, 2, 1, 1)), Relu);
                return Each(torch.ConvTranspose2d("decoder.layers.3.0", h, 2, 1, 1), Sigmoid);
            });
    }

    /// <summary>Dense layers alone read and give colours of a pixel side by side here.</summary>
    [Fact]
    public void Dense_layers_of_colour_images_give_the_outputs_of_PyTorch()
    {
        TorchState state = new TorchState().Linear("fc1", 24, 7).Linear("fc21", 7, 2).Linear("fc22", 7, 2).Linear("fc3", 2, 7).Linear("fc4", 7, 24);
        var torch = new TorchLayers(state);
        Check(
            state, new Shape(4, 2, 3), new RunConfiguration { Hidden = [7], Latent = 2, Color = "rgb", ImageSize = "4x2" },
            x =>
            {
                double[] h = Array.ConvertAll(torch.Linear("fc1", x.Values), Relu);
                return [.. torch.Linear("fc21", h), .. torch.Linear("fc22", h)];
            },
            z => Each(new TorchMap(3, 4, 2, torch.Linear("fc4", Array.ConvertAll(torch.Linear("fc3", z), Relu))), Sigmoid));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Imports, opens the run as verbs do, and compares head and pictures of some images with the definitions.</summary>
    private void Check(
        TorchState state, Shape image, RunConfiguration configuration, Func<TorchMap, double[]> encode, Func<double[], TorchMap> decode)
    {
        configuration.Validate();
        var imported = WeightImport.Read(state.Write(_folder.File("weights.safetensors")), configuration, image);
        Assert.Equal(
            state.Names.Where(name => !name.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Order(),
            imported.Tensors.SelectMany(tensor => tensor.Sources).Order());
        Assert.Empty(imported.Notes);
        var folder = RunFolder.Create(_folder.File("run"), configuration.Preset, "import", configuration.WriteJson);
        imported.Write(folder);

        using IDevice device = Device.Open("cpu");
        using var trained = TrainedModel.Open(folder.FullPath, device, capacity: Images);
        Assert.Equal((image.Height, image.Width, image.Channels), (trained.Height, trained.Width, trained.Channels));
        Assert.Null(trained.Epoch);
        var random = new Random(9);
        float[] pixels = [.. Enumerable.Range(0, Images * image.Size).Select(_ => random.NextSingle())];
        using DeviceBuffer<float> x = device.Allocate<float>(pixels.Length);
        device.Upload<float>(pixels, x.AsVector());
        View<float> head = trained.Model.EncodePosterior(x.AsMatrix(Images, image.Size));
        float[] heads = Read(device, head);
        int units = trained.Model.Units;
        float[] codes = [.. Enumerable.Range(0, Images * units).Select(_ => (2 * random.NextSingle()) - 1)];
        using DeviceBuffer<float> z = device.Allocate<float>(codes.Length);
        device.Upload<float>(codes, z.AsVector());
        float[] pictures = Read(device, trained.Model.DecodeMean(z.AsMatrix(Images, units)));
        double spread = 0;
        for (int i = 0; i < Images; i++)
        {
            double[] expected = encode(
                TorchMap.FromPixels(image.Height, image.Width, image.Channels, pixels.AsSpan(i * image.Size, image.Size)));
            AssertClose(expected, heads.AsSpan(i * head.Columns, head.Columns));
            double[] picture = decode([.. codes.AsSpan(i * units, units).ToArray().Select(number => (double)number)]).ToPixels();
            AssertClose(picture, pictures.AsSpan(i * image.Size, image.Size));
            spread = Math.Max(spread, Math.Min(Spread(expected), Spread(picture)));
        }
        // Numbers that were all alike would fit in any order.
        Assert.True(spread > 100 * Largest, $"outputs differ by {spread} only");
    }

    private static double Spread(double[] values) => values.Max() - values.Min();

    private static float[] Read(IDevice device, View<float> view)
    {
        var values = new float[view.Length];
        device.Download<float>(view, values);
        return values;
    }

    private static void AssertClose(double[] expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], Largest);
    }
}
