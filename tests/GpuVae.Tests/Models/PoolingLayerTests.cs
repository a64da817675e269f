using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Models;
using Xunit;

namespace GpuVae.Tests.Models;

/// <summary>Pooling, upsampling and residual blocks as layers: their sizes, and their gradients by finite differences.</summary>
public sealed class PoolingLayerTests
{
    private static readonly Shape _map = new(5, 4, 3);

    private static readonly Dictionary<string, Func<ILayer>> _layers = new()
    {
        ["max"] = () => new MaxPool(2),
        ["max of overlapping windows"] = () => new MaxPool(3, 1),
        ["average"] = () => new AveragePool(2),
        ["average of overlapping windows"] = () => new AveragePool(3, 1),
        ["upsample"] = () => new Upsample(2),
        ["upsample to smaller blocks"] = () => new Upsample(3) { Size = (13, 11) },
        ["upsample to larger blocks"] = () => new Upsample(2) { Size = (11, 8) },
        ["pools before activations"] = () => new Sequential(
            new MaxPool(2, 1), new ActivationLayer(Activation.Tanh), new AveragePool(2), new ActivationLayer(Activation.Gelu),
            new Upsample(2), new ActivationLayer(Activation.Sigmoid)),
        ["residual"] = () => new ResidualBlock(new Convolution(3, 3)),
        ["residual that ends in an activation"] = () => new ResidualBlock(
            new Convolution(3, 3), new ActivationLayer(Activation.Gelu)),
        ["residual of an activation"] = () => new Sequential(
            new ResidualBlock(new ActivationLayer(Activation.Tanh)), new ActivationLayer(Activation.Sigmoid)),
        ["residual in a residual"] = () => new ResidualBlock(
            new Linear(4), new ResidualBlock(new Linear(4)), new ActivationLayer(Activation.Tanh), new Linear(60),
            new Reshape(_map)),
        ["conv, pool, residual, upsample"] = () => new Sequential(
            new Convolution(4, 3), new ActivationLayer(Activation.Tanh), new MaxPool(2),
            new ResidualBlock(new Convolution(4, 3), new ActivationLayer(Activation.Tanh), new Convolution(4, 3)),
            new ActivationLayer(Activation.Gelu), new Upsample(2) { Size = (5, 4) }, new Convolution(2, 3),
            new ActivationLayer(Activation.Tanh), new AveragePool(2, 1)),
    };

    public static TheoryData<string> Names => [.. _layers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_agree_with_finite_differences(string name)
    {
        using var built = new BuiltLayer(_layers[name](), new ReferenceDevice(), shape: _map);
        built.Backward();
        built.RequireGradients();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Last_epilogue_is_that_of_the_plain_outputs(string name)
    {
        var device = new ReferenceDevice();
        using var built = new BuiltLayer(_layers[name](), device, shape: _map);
        built.Forward(Epilogue.Store);
        double[] plain = ReferenceDevice.Read(built.Output);
        built.Forward(Epilogue.Activate(Activation.Sigmoid));
        Assert.Equal(plain.Select(x => 1 / (1 + Math.Exp(-x))), ReferenceDevice.Read(built.Output), (a, b) => Math.Abs(a - b) < 1e-12);

        using DeviceBuffer<float> memory = device.Allocate<float>(2 * built.Output.Length), losses = device.Allocate<float>(4);
        View<float> target = memory.AsVector().Reshape(2 * built.Output.Rows, built.Output.Columns).RowRange(0, built.Output.Rows);
        built.Forward(Epilogue.NegativeLogLikelihood(target, Likelihood.Gaussian, 0.5f, losses.AsVector()));
        // −log N(0 | x, 1) has the gradient x.
        Assert.Equal(plain.Select(x => 0.5 * x), ReferenceDevice.Read(built.Output), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    // PyTorch: MaxPool2d(k, s) and AvgPool2d(k, s).
    [Theory]
    [InlineData(13, 2, null, 6)]
    [InlineData(28, 2, null, 14)]
    [InlineData(5, 5, null, 1)]
    [InlineData(7, 3, 2, 3)]
    [InlineData(8, 3, 2, 3)]
    [InlineData(8, 2, 5, 2)]
    public void Small_maps_have_PyTorchs_sizes(int side, int kernel, int? stride, int small)
    {
        foreach (ILayer layer in (ILayer[])[new MaxPool(kernel, stride), new AveragePool(kernel, stride)])
        {
            using var built = new BuiltLayer(layer, new ReferenceDevice(), rows: 1, shape: new Shape(side, side + 1, 2));
            Assert.Equal(small * (((side + 1 - kernel) / (stride ?? kernel)) + 1) * 2, built.Output.Columns);
        }
    }

    [Theory]
    [InlineData("max pool 3/2", 3, 2)]
    [InlineData("average pool 5/5", 5, null)]
    public void Map_that_is_smaller_than_a_window_is_refused(string name, int kernel, int? stride)
    {
        ILayer layer = name[0] == 'm' ? new MaxPool(kernel, stride) : new AveragePool(kernel, stride);
        Assert.Contains(
            $"{name}: a map of 2×7 is smaller than a window of {kernel}×{kernel}", Refusal(layer, new Shape(2, 7, 1)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(13, true)]
    [InlineData(14, true)]
    [InlineData(15, true)]
    [InlineData(12, false)]
    [InlineData(17, true)]
    [InlineData(18, false)]
    public void Upsampling_takes_sizes_that_pooling_makes_its_input_of(int size, bool isTaken)
    {
        var layer = new Upsample(2) { Size = (size, 4) };
        if (!isTaken)
        {
            Assert.Contains(
                $"upsample 2: a map of 7×2 in blocks of 2×2 does not become one of {size}×4; a side of 7 becomes 13 to 17",
                Refusal(layer, new Shape(7, 2, 1)), StringComparison.Ordinal);
            return;
        }
        var device = new ReferenceDevice();
        using var built = new BuiltLayer(layer, device, rows: 1, shape: new Shape(7, 2, 1));
        built.Forward(Epilogue.Store);
        double[] x = ReferenceDevice.Read(built.Input), y = ReferenceDevice.Read(built.Output);
        for (int h = 0; h < size; h++)
        {
            for (int l = 0; l < 4; l++)
                Assert.Equal(x[(Math.Min(h / 2, 6) * 2) + (l / 2)], y[(h * 4) + l]);
        }
    }

    [Fact]
    public void Residual_of_another_shape_is_refused() => Assert.Contains(
        "residual: its layers make 3×2×8 of 5×4×3",
        Refusal(new ResidualBlock(new Convolution(8, 3, 2)), _map), StringComparison.Ordinal);

    [Fact]
    public void Residual_adds_what_it_took_and_costs_two_passes()
    {
        var log = new OperationLog(new ReferenceDevice());
        using var built = new BuiltLayer(
            new Sequential(
                new ResidualBlock(new Convolution(3, 3), new ActivationLayer(Activation.Relu), new Convolution(3, 3)),
                new ActivationLayer(Activation.Relu), new MaxPool(2)),
            log, shape: _map);
        Assert.Equal(
            ["0.0.weight", "0.0.bias", "0.1.weight", "0.1.bias"], built.Parameters.Parameters.Select(one => one.Shape.Name));
        log.Names.Clear();
        built.Backward();
        Assert.Equal(
            [
                "Convolve", "Convolve", "Elementwise", "ApplyEpilogue", "MaxWindows",
                "MaxWindowsGradient", "ConvolutionWeightGradient", "SumColumns", "ConvolveTransposed",
                "ConvolutionWeightGradient", "SumColumns", "ConvolveTransposed", "Elementwise",
            ],
            log.Names);
    }

    private static string Refusal(ILayer layer, Shape input) => Assert.Throws<UserException>(
        () => new BuiltLayer(layer, new ReferenceDevice(), shape: input)).Message;
}
