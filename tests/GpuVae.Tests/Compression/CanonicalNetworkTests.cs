using System.Runtime.Intrinsics;
using GpuVae.Compression;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.Compression;

/// <summary>Networks in canonical arithmetic against the devices' own, and their bits against each other.</summary>
public sealed class CanonicalNetworkTests
{
    private const int Images = 3;

    public static TheoryData<string> Presets => [.. Registry.Presets.Select(preset => preset.Name)];

    /// <summary>Layers that no preset has, and every activation.</summary>
    public static TheoryData<string, string?> Networks { get; } = new()
    {
        { "conv 6 3/2 norm batch, pool 2, dense 20 norm layer", null },
        { "conv 8 3 norm group, pool average 2, res, conv 4 5/2, dense 10", "3x3x4, upsample 2, conv 8 3, up 6 3*2, upsample 1, conv C 3 sigmoid" },
        { "conv 4 4/3 pad 1, dense 12, dropout 0.5", null },
    };

    [Theory]
    [MemberData(nameof(Presets))]
    public void Every_preset_agrees_with_the_device(string preset)
    {
        var image = preset == "conv-vae-64" ? new Shape(16, 16, 3) : preset == "anomaly" ? new Shape(1, 30, 1) : new Shape(12, 12, 1);
        RequireAgreement(RunConfiguration.FromPreset(preset), image);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Other_layers_agree_with_the_device(string encoder, string? decoder) =>
        RequireAgreement(new RunConfiguration { Network = encoder, Decoder = decoder, Latent = 5 }, new Shape(12, 12, 2));

    [Theory]
    [InlineData("relu")]
    [InlineData("leaky-relu")]
    [InlineData("tanh")]
    [InlineData("sigmoid")]
    [InlineData("gelu")]
    [InlineData("elu")]
    [InlineData("silu")]
    [InlineData("softplus")]
    public void Every_activation_agrees_with_the_device(string activation) =>
        RequireAgreement(new RunConfiguration { Activation = activation, Hidden = [30, 20] }, new Shape(1, 17, 1));

    [Fact]
    public void Sums_have_the_same_bits_at_every_width()
    {
        var random = new Random(3);
        foreach ((int inputs, int outputs) in new[] { (1, 1), (7, 5), (100, 16), (33, 129), (300, 400) })
        {
            float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() - 0.5) * 4))];
            float[] weights = Numbers(inputs * outputs);
            var sum = new WeightedSum(inputs, Numbers(outputs), (i, o) => weights[(o * inputs) + i]);
            var terms = new WeightedTerms();
            float[] x = Numbers(inputs);
            x[0] = 0;
            sum.Add(x, 0, terms);
            int padded = (outputs + 15) / 16 * 16;
            var expected = new float[padded];
            for (int o = 0; o < outputs; o++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    float product = x[i] * weights[(o * inputs) + i];
                    expected[o] += product;
                }
            }
            float[] one = new float[padded], four = new float[padded], eight = new float[padded], sixteen = new float[padded];
            sum.Run<SingleLane, float>(terms, one);
            sum.Run<Lanes128, Vector128<float>>(terms, four);
            sum.Run<Lanes256, Vector256<float>>(terms, eight);
            sum.Run<Lanes512, Vector512<float>>(terms, sixteen);
            Assert.All(new[] { one, four, eight, sixteen }, found => Assert.Equal(expected, found));
        }
    }

    [Fact]
    public void A_layer_and_an_activation_from_outside_are_refused_by_name()
    {
        UserException layer = Assert.Throws<UserException>(() => Build(new Foreign()));
        Assert.Contains("encoder.1: a layer of type Foreign", layer.Message, StringComparison.Ordinal);
        UserException activation = Assert.Throws<UserException>(() => Build(new ActivationLayer(Activation.Of<Cube>("cube"))));
        Assert.Contains("encoder.0: the activation cube", activation.Message, StringComparison.Ordinal);

        static void Build(ILayer layer)
        {
            using IDevice device = Device.Open("cpu");
            using var arena = new ParameterArena(device);
            var memory = new List<IDisposable>();
            var network = new Sequential(new Linear(4), layer);
            network.Build(Shape.Vector(4), new LayerBuilder(device, arena, memory, "", 1, 1));
            arena.Allocate();
            CanonicalNetwork.Of(network, device, "encoder");
        }
    }

    private static void RequireAgreement(RunConfiguration configuration, Shape image)
    {
        using IDevice device = Device.Open("cpu");
        using Autoencoder model = ModelBuilder.Build(configuration with { OutputBias = "drawn" }, device, image, Images);
        var random = new Random(7);
        byte[] pixels = new byte[Images * image.Size];
        random.NextBytes(pixels);
        var images = new ImageSet(pixels, null, image.Height, image.Width, image.Channels);
        ModelBuilder.InitializeParameters(configuration with { OutputBias = "drawn" }, device, model, images);
        var x = new float[pixels.Length];
        images.CopyTo(0, x);
        float[] z = [.. Enumerable.Range(0, Images * model.Units).Select(_ => (float)(random.NextDouble() - 0.5) * 3)];
        RequireAgreement(
            device, x, model.EncodePosterior, CanonicalNetwork.Of(model.Encoder, device, "encoder"), image.Size);
        RequireAgreement(device, z, model.DecodeOutputs, CanonicalNetwork.Of(model.Decoder, device, "decoder"), model.Units);
    }

    private static void RequireAgreement(
        IDevice device, float[] input, Func<View<float>, View<float>> pass, CanonicalNetwork network, int width)
    {
        using DeviceBuffer<float> buffer = device.Allocate<float>(input.Length);
        device.Upload<float>(input, buffer.AsMatrix(Images, width));
        View<float> outputs = pass(buffer.AsMatrix(Images, width));
        var expected = new float[outputs.Length];
        device.Download(outputs, expected);
        var found = new float[expected.Length];
        var terms = new WeightedTerms();
        for (int i = 0; i < Images; i++)
            network.Run(input.AsSpan(i * width, width), found.AsSpan(i * network.Outputs, network.Outputs), terms);
        double scale = Math.Max(0.01, expected.Max(Math.Abs));
        for (int i = 0; i < expected.Length; i++)
            Assert.InRange(found[i], expected[i] - (2e-5 * scale), expected[i] + (2e-5 * scale));
    }

    private readonly struct Cube : IActivationFunction
    {
        public static float Apply(float x) => x * x * x;

        public static float Derivative(float y) => y;
    }

    private sealed class Foreign : ILayer
    {
        public Shape Build(Shape input, LayerBuilder builder) => input;

        public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
        {
        }

        public void Backward(
            View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue, View<float> inputGradient)
        {
        }
    }
}
