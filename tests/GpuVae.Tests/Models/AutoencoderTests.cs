using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Models;

[Collection(nameof(TestDevices))]
public sealed class AutoencoderTests(TestDevices devices)
{
    private const int Capacity = 6;

    public static TheoryData<int, int> ConfigurationsAndRows =>
    [
        .. from i in Enumerable.Range(0, SmallModels.Configurations.Count)
           from rows in (int[])[1, 4, Capacity]
           select (i, rows),
    ];

    public static TheoryData<string, int> DevicesAndConfigurations =>
    [
        .. from name in TestDevices.Names
           from i in Enumerable.Range(0, SmallModels.Configurations.Count)
           select (name.Data, i),
    ];

    public static TheoryData<string> Names => [.. SmallModels.Names];

    [Theory]
    [MemberData(nameof(ConfigurationsAndRows))]
    public void Gradients_are_the_finite_differences_of_the_loss(int index, int rows)
    {
        using var pass = new SmallPass(SmallModels.Configurations[index], new ReferenceDevice(), rows, Capacity);
        pass.Backward(pass.Forward());
        foreach (Parameter parameter in pass.Model.Parameters.Parameters)
        {
            double[] gradient = ReferenceDevice.Read(parameter.Gradient);
            double[] values = ReferenceDevice.Read(parameter.Value);
            for (int i = 0; i < values.Length; i++)
            {
                double difference = CentralDifference(pass, parameter.Value, values, i);
                double error = Math.Abs(gradient[i] - difference);
                Assert.True(
                    error <= 1e-6 + (1e-5 * Math.Abs(difference)),
                    $"{parameter.Shape.Name}[{i}]: {gradient[i]}, by finite differences {difference}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(DevicesAndConfigurations))]
    public void Every_device_has_the_loss_and_gradients_of_the_reference(string name, int index)
    {
        IDevice device = devices.Open(name);
        using var expected = new SmallPass(SmallModels.Configurations[index], new ReferenceDevice(), 5, Capacity);
        using var actual = new SmallPass(SmallModels.Configurations[index], device, 5, Capacity);
        ForwardPass expectedPass = expected.Forward(), actualPass = actual.Forward();
        float[] terms = new ReferenceDevice().Read(expectedPass.AllLosses);
        Assert.True(SmallModels.RelativeDistance(device.Read(actualPass.AllLosses), terms) < 1e-5);
        expected.Backward(expectedPass);
        actual.Backward(actualPass);
        float[] gradients = new ReferenceDevice().Read(expected.Model.Parameters.Gradients);
        Assert.True(SmallModels.RelativeDistance(device.Read(actual.Model.Parameters.Gradients), gradients) < 1e-4);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_last_map_of_an_encoder_is_the_code_where_it_ends_in_one(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        foreach (RunConfiguration configuration in SmallModels.Configurations.Where(one => one.CreateNetwork().EndsInCode))
        {
            using var pass = new SmallPass(configuration, device, 4, Capacity);
            Assert.DoesNotContain(pass.Model.Parameters.Parameters, parameter => parameter.Shape.Shape.Length == 2);
            ForwardPass forward = pass.Forward();
            float[] head = device.Read(forward.Head);
            Assert.Equal(4 * configuration.Latent, head.Length);
            float[] mean = device.Read(pass.Model.EncodeMean(forward.Input));
            bool isBinary = pass.Model.Code is IBinaryCode;
            Assert.All(
                head.Zip(mean),
                pair => Assert.Equal(isBinary ? 1 / (1 + Math.Exp(-pair.First)) : pair.First, pair.Second, tolerance: 1e-6));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Mean_code_is_the_first_part_of_the_head(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        RunConfiguration configuration = RunConfiguration.FromPreset("vae") with { Hidden = [7], Latent = 3 };
        using var pass = new SmallPass(configuration, device, 4, Capacity);
        ForwardPass forward = pass.Forward();
        float[] head = device.Read(forward.Head);
        float[] mean = device.Read(pass.Model.EncodeMean(forward.Input));
        for (int row = 0; row < 4; row++)
        {
            double distance = SmallModels.RelativeDistance(
                mean.AsSpan(row * 3, 3).ToArray(), head.AsSpan(row * 6, 3).ToArray());
            Assert.True(distance < 1e-5);
        }
    }

    [Fact]
    public void Without_corruption_the_encoder_sees_the_clean_image_itself()
    {
        var device = new ReferenceDevice();
        View<float> x = device.Allocate<float>(4).AsMatrix(2, 2);
        var corruption = new NoCorruption();
        Assert.Equal(x, corruption.Apply(x, default, default));
    }

    [Fact]
    public void Point_code_copies_nothing()
    {
        var device = new ReferenceDevice();
        View<float> head = device.Allocate<float>(4).AsMatrix(2, 2);
        View<float> gradient = device.Allocate<float>(4).AsMatrix(2, 2);
        var code = new PointCode(2);
        Assert.Equal(head, code.Forward(head, default, 1, default));
        Assert.Equal(gradient, code.Backward(head, gradient, default));
    }

    [Fact]
    public void Bernoulli_pictures_are_probabilities_and_gaussian_ones_are_outputs()
    {
        var device = new ReferenceDevice();
        RunConfiguration bernoulli = RunConfiguration.FromPreset("vae") with { Hidden = [7], Latent = 3 };
        using Autoencoder coins = SmallModels.Build(bernoulli, device, Capacity);
        using Autoencoder normals = SmallModels.Build(bernoulli with { Likelihood = "gaussian" }, device, Capacity);
        View<float> z = device.Allocate<float>(3).AsMatrix(1, 3);
        device.Upload<float>([1, -2, 3], z);
        double[] logits = ReferenceDevice.Read(normals.DecodeMean(z));
        double[] probabilities = ReferenceDevice.Read(coins.DecodeMean(z));
        for (int i = 0; i < logits.Length; i++)
            Assert.Equal(1 / (1 + Math.Exp(-logits[i])), probabilities[i], 12);
    }

    [Fact]
    public void Batch_that_cannot_be_indexed_is_refused_in_one_line()
    {
        RunConfiguration configuration = RunConfiguration.FromPreset("ae") with { Hidden = [100_000] };
        UserException exception = Assert.ThrowsAny<UserException>(
            () => ModelBuilder.Build(configuration, new ReferenceDevice(), Shape.Vector(10), capacity: 60_000));
        Assert.StartsWith("--batch, --hidden: ", exception.Message, StringComparison.Ordinal);
    }

    private static double CentralDifference(SmallPass pass, View<float> view, double[] values, int index)
    {
        const double Step = 1e-6;
        double value = values[index];
        values[index] = value + Step;
        ReferenceDevice.Write(values, view);
        double above = pass.Loss();
        values[index] = value - Step;
        ReferenceDevice.Write(values, view);
        double below = pass.Loss();
        values[index] = value;
        ReferenceDevice.Write(values, view);
        return (above - below) / (2 * Step);
    }
}
