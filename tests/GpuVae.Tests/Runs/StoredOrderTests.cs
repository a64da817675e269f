using GpuVae.Cases.Reference;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Runs;

/// <summary>Weights of convolutions have PyTorch's order in files and NHWC's in memory.</summary>
public sealed class StoredOrderTests
{
    private const int Channels = 3, Outputs = 2, Kernel = 2;

    private static readonly Shape _map = new(4, 3, Channels);

    private static readonly TrainingPosition _position = new(1, 1, 1, [0.5f]);

    /// <summary>y[o, i, j] = b[o] + Σ w[o, c, u, v] x[c, i + u, j + v], with w (out, in, k, k) as torch.nn.Conv2d saves it.</summary>
    [Fact]
    public void Convolution_computes_with_weights_that_PyTorch_saved()
    {
        using var folder = new TemporaryFolder();
        using BuiltLayer built = Load(folder, new Convolution(Outputs, Kernel, padding: 0), [Outputs, Channels, Kernel, Kernel]);
        double[] x = ReferenceDevice.Read(built.Input), y = ReferenceDevice.Read(built.Output);
        float[] w = Weights(), b = Biases();
        int height = _map.Height - 1, width = _map.Width - 1;
        for (int element = 0; element < y.Length; element++)
        {
            (int o, int pixel) = (element % Outputs, element / Outputs);
            (int j, int i, int image) = (pixel % width, pixel / width % height, pixel / width / height);
            double expected = b[o];
            foreach ((int c, int u, int v) in Taps(Channels))
            {
                double number = x[(((((image * _map.Height) + i + u) * _map.Width) + j + v) * Channels) + c];
                expected += w[(((((o * Channels) + c) * Kernel) + u) * Kernel) + v] * number;
            }
            Assert.Equal(expected, y[element], 1e-6);
        }
    }

    /// <summary>
    /// y[o, h, l] = b[o] + Σ w[c, o, u, v] x[c, h − u, l − v], with w (in, out, k, k) as torch.nn.ConvTranspose2d saves it.
    /// </summary>
    [Fact]
    public void Transposed_convolution_computes_with_weights_that_PyTorch_saved()
    {
        using var folder = new TemporaryFolder();
        using BuiltLayer built = Load(
            folder, new TransposedConvolution(Outputs, Kernel, padding: 0), [Channels, Outputs, Kernel, Kernel]);
        double[] x = ReferenceDevice.Read(built.Input), y = ReferenceDevice.Read(built.Output);
        float[] w = Weights(), b = Biases();
        int height = _map.Height + 1, width = _map.Width + 1;
        for (int element = 0; element < y.Length; element++)
        {
            (int o, int pixel) = (element % Outputs, element / Outputs);
            (int l, int h, int image) = (pixel % width, pixel / width % height, pixel / width / height);
            double expected = b[o];
            foreach ((int c, int u, int v) in Taps(Channels))
            {
                (int row, int column) = (h - u, l - v);
                if (row < 0 || row >= _map.Height || column < 0 || column >= _map.Width)
                    continue;
                double number = x[(((((image * _map.Height) + row) * _map.Width) + column) * Channels) + c];
                expected += w[(((((c * Outputs) + o) * Kernel) + u) * Kernel) + v] * number;
            }
            Assert.Equal(expected, y[element], 1e-6);
        }
    }

    [Fact]
    public void Checkpoint_has_parameters_and_moments_in_the_order_of_PyTorch_and_gives_them_back()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("checkpoint.safetensors");
        var device = new ReferenceDevice();
        using BuiltLayer built = Build(), other = Build();
        foreach (Parameter parameter in built.Parameters.Parameters)
        {
            int count = (int)parameter.Shape.Length;
            device.Upload<float>([.. Enumerable.Range(1000, count).Select(i => (float)i)], parameter.FirstMoment);
            device.Upload<float>([.. Enumerable.Range(5000, count).Select(i => (float)i)], parameter.SecondMoment);
        }
        var checkpoint = new Checkpoint(device, built.Parameters);
        checkpoint.Capture();
        checkpoint.Write(
            path, folder.File("previous.safetensors"), RunConfiguration.FromPreset("vae"), SmallModels.Images(2), _position);

        var file = PlainSafetensors.Parse(File.ReadAllBytes(path)).Tensors.ToDictionary(tensor => tensor.Name);
        Assert.Equal([Outputs, Channels, Kernel, Kernel], file["0.weight"].Shape);
        Assert.Equal([Outputs, 5, 3, 3], file["1.weight"].Shape);
        Assert.Equal([4, 5 * 7 * 5], file["2.weight"].Shape);
        foreach (Parameter parameter in built.Parameters.Parameters)
        {
            string name = parameter.Shape.Name;
            foreach ((string prefix, View<float> view) in
                (ReadOnlySpan<(string, View<float>)>)
                [("", parameter.Value), (Checkpoint.FirstMoments, parameter.FirstMoment), (Checkpoint.SecondMoments, parameter.SecondMoment)])
            {
                float[] stored = [.. file[prefix + name].Bits.Select(BitConverter.UInt32BitsToSingle)];
                Assert.Equal(device.Read(view), parameter.Shape.Shape.Length == 4 ? Nhwc(stored, parameter.Shape.Shape) : stored);
                Assert.Equal(file[name].Shape, file[prefix + name].Shape);
            }
        }

        CheckpointFile.Read(path).Restore(device, other.Parameters);
        Assert.Equal(device.Read(built.Parameters.Values), device.Read(other.Parameters.Values));
        Assert.Equal(device.Read(built.Parameters.FirstMoments), device.Read(other.Parameters.FirstMoments));
        Assert.Equal(device.Read(built.Parameters.SecondMoments), device.Read(other.Parameters.SecondMoments));

        BuiltLayer Build() => new(
            new Sequential(new Convolution(Outputs, Kernel), new TransposedConvolution(5, 3, 2) { Size = (7, 5) }, new Linear(4)),
            device, shape: _map);
    }

    // From (n, c, k, k) to (n, k, k, c).
    private static float[] Nhwc(float[] stored, int[] shape)
    {
        (int rows, int height, int width, int channels) = (shape[0], shape[1], shape[2], shape[3]);
        var values = new float[stored.Length];
        for (int i = 0; i < stored.Length; i++)
        {
            (int v, int u, int c, int n) =
                (i % width, i / width % height, i / width / height % channels, i / width / height / channels);
            values[(((((n * height) + u) * width) + v) * channels) + c] = stored[i];
        }
        Assert.Equal(rows * height * width * channels, values.Length);
        return values;
    }

    private static float[] Weights() => [.. Enumerable.Range(0, Channels * Outputs * Kernel * Kernel).Select(i => (0.1f * i) - 1)];

    private static float[] Biases() => [0.25f, -0.5f];

    private static IEnumerable<(int C, int U, int V)> Taps(int channels) =>
        from c in Enumerable.Range(0, channels)
        from u in Enumerable.Range(0, Kernel)
        from v in Enumerable.Range(0, Kernel)
        select (c, u, v);

    /// <summary>A layer that has computed with the weights of a file.</summary>
    private static BuiltLayer Load(TemporaryFolder folder, ILayer layer, int[] shape)
    {
        string path = folder.File("weights.safetensors");
        Safetensors.Write(
            path, [new NamedTensor("weight", shape, Weights()), new NamedTensor("bias", [Outputs], Biases())],
            new Dictionary<string, string>());
        var device = new ReferenceDevice();
        var built = new BuiltLayer(layer, device, rows: 2, shape: _map);
        foreach ((SavedTensor saved, NamedTensor read) in built.Parameters.Saved.Zip(Safetensors.Read(path).Tensors))
        {
            Assert.Equal(read.Shape, saved.Shape);
            saved.Upload(device, read.Values);
            var back = new float[read.Values.Length];
            saved.Download(device, back);
            Assert.Equal(read.Values, back);
        }
        built.Forward(Epilogue.Store);
        return built;
    }
}
