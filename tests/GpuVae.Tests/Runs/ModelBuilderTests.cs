using GpuVae.Cases.Reference;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using Xunit;

namespace GpuVae.Tests.Runs;

public sealed class ModelBuilderTests
{
    private static readonly ReferenceDevice _device = new();

    private static readonly RunConfiguration _configuration =
        RunConfiguration.FromPreset("vae") with { Hidden = [200], Latent = 3, Initializer = "glorot" };

    // Pixels 0, 1, 2 are black, white and half white everywhere.
    private static readonly ImageSet _images = new(
        [.. Enumerable.Range(0, 8 * SmallModels.Dimensions).Select(i =>
            (byte)((i % SmallModels.Dimensions) switch { 0 => 0, 1 => 255, _ => 64 }))],
        null, SmallModels.Height, SmallModels.Width);

    [Fact]
    public void Glorot_weights_fill_their_bounds_and_biases_are_zero()
    {
        using Autoencoder model = Start(_configuration);
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            double[] values = ReferenceDevice.Read(parameter.Value);
            if (parameter.Shape.Shape is not [int outputs, int inputs])
            {
                Assert.All(values, value => Assert.Equal(0, value));
                continue;
            }
            // The head is a layer for the mean and one for the log-variance.
            int fanOut = outputs == 2 * _configuration.Latent ? _configuration.Latent : outputs;
            double bound = Math.Sqrt(6.0 / (inputs + fanOut));
            Assert.All(values, value => Assert.InRange(value, -bound, bound));
            Assert.Equal(1, values.Average(value => value * value) / (bound * bound / 3), 0.15);
        }
    }

    [Theory]
    [InlineData("bernoulli", "none", -6.906755, 6.906755, -1.093390)]
    [InlineData("bernoulli", "dynamic", -6.906755, 6.906755, -1.093390)]
    [InlineData("bernoulli", "threshold", -6.906755, 6.906755, -6.906755)]
    [InlineData("gaussian", "none", 0, 1, 0.25098)]
    public void Output_bias_starts_where_its_picture_is_the_mean_image(
        string likelihood, string binarize, double black, double white, double grey)
    {
        using Autoencoder model = Start(
            _configuration with { Likelihood = likelihood, Binarize = binarize, OutputBias = "pixel-mean" });
        double[] bias = ReferenceDevice.Read(model.OutputBias);
        Assert.Equal((black, white), (Math.Round(bias[0], 6), Math.Round(bias[1], 6)));
        Assert.All(bias[2..], value => Assert.Equal(grey, value, 1e-5));
    }

    [Fact]
    public void Output_bias_of_two_parameters_sets_the_first_of_each_number()
    {
        using Autoencoder model = Start(_configuration with { Likelihood = "beta-binomial", OutputBias = "pixel-mean" });
        double[] bias = ReferenceDevice.Read(model.OutputBias);
        Assert.Equal(2 * model.Dimensions, bias.Length);
        // A row of numbers is one pixel: all first parameters, then all second ones.
        Assert.Equal((-6.906755, 6.906755), (Math.Round(bias[0], 6), Math.Round(bias[1], 6)));
        Assert.All(bias[2..model.Dimensions], value => Assert.Equal(-1.093390, value, 1e-5));
        Assert.All(bias[model.Dimensions..], value => Assert.Equal(0, value));
    }

    [Fact]
    public void Output_bias_is_drawn_or_zero_as_asked()
    {
        using Autoencoder drawn = Start(_configuration with { Initializer = "torch" });
        using Autoencoder zero = Start(_configuration with { Initializer = "torch", OutputBias = "zero" });
        Assert.All(ReferenceDevice.Read(drawn.OutputBias), value => Assert.NotEqual(0, value));
        Assert.All(ReferenceDevice.Read(zero.OutputBias), value => Assert.Equal(0, value));
        View<float> weight = drawn.Parameters["encoder.0.weight"].Value;
        Assert.Equal(
            ReferenceDevice.Read(weight), ReferenceDevice.Read(zero.Parameters["encoder.0.weight"].Value));
    }

    private static Autoencoder Start(RunConfiguration configuration)
    {
        Autoencoder model = ModelBuilder.Build(configuration, _device, Shape.Vector(SmallModels.Dimensions), capacity: 2);
        ModelBuilder.InitializeParameters(configuration, _device, model, _images);
        return model;
    }
}
