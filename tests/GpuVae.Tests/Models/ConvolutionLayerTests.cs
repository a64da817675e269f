using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Models;
using Xunit;

namespace GpuVae.Tests.Models;

/// <summary>Convolutions as layers: their sizes, and their gradients by finite differences.</summary>
public sealed class ConvolutionLayerTests
{
    private static readonly Shape _map = new(5, 4, 3);

    private static readonly Dictionary<string, Func<ILayer>> _layers = new()
    {
        ["conv"] = () => new Convolution(2, 3, 2),
        ["conv with padding"] = () => new Convolution(2, 4, 1, padding: 2),
        ["up"] = () => new TransposedConvolution(2, 3, 2),
        ["up with output padding"] = () => new TransposedConvolution(2, 3, 2, padding: 1, outputPadding: 1),
        ["conv and three activations"] = () => new Sequential(
            new Convolution(2, 3), new ActivationLayer(Activation.Tanh), new ActivationLayer(Activation.Sigmoid),
            new ActivationLayer(Activation.Tanh)),
        ["conv, up"] = () => new Sequential(
            new Convolution(4, 3, 2), new ActivationLayer(Activation.Tanh),
            new TransposedConvolution(2, 3, 2) { Size = (5, 4) }, new ActivationLayer(Activation.Gelu), new Convolution(1, 3)),
        ["conv, linear, up"] = () => new Sequential(
            new Convolution(2, 3, 2), new ActivationLayer(Activation.Tanh), new Linear(6), new Reshape(new Shape(1, 2, 3)),
            new TransposedConvolution(1, 3, 2)),
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

    // PyTorch: Conv2d(3, 2, k, s, p) and ConvTranspose2d(3, 2, k, s, p, output_padding); null is TensorFlow's same.
    [Theory]
    [InlineData(28, 3, 2, null, 14, 0)]
    [InlineData(7, 3, 2, null, 4, 1)]
    [InlineData(28, 4, 2, null, 14, 1)]
    [InlineData(28, 3, 2, 1, 14, 1)]
    [InlineData(5, 5, 1, 0, 1, 0)]
    [InlineData(1, 3, 1, null, 1, 1)]
    [InlineData(9, 2, 3, null, 3, 0)]
    public void Small_maps_have_the_sizes_of_both_conventions(
        int side, int kernel, int stride, int? padding, int small, int before)
    {
        ConvolutionGeometry geometry = Convolution.GeometryOf(new Shape(side, 2 * side, 3), 2, kernel, stride, padding);
        Assert.Equal((small, before), (geometry.Small.Height, geometry.Top));
        Assert.Equal(2, geometry.Small.Channels);
    }

    [Theory]
    [InlineData(14, 3, 2, null, 0, 28, 0)]
    [InlineData(4, 3, 2, null, 0, 8, 0)]
    [InlineData(4, 3, 2, 1, 0, 7, 1)]
    [InlineData(4, 3, 2, 1, 1, 8, 1)]
    [InlineData(1, 4, 1, 0, 0, 4, 0)]
    public void Large_maps_have_the_sizes_of_both_conventions(
        int side, int kernel, int stride, int? padding, int outputPadding, int large, int before)
    {
        var layer = new TransposedConvolution(2, kernel, stride, padding, outputPadding);
        using var built = new BuiltLayer(layer, new ReferenceDevice(), shape: new Shape(side, 1, 3));
        Assert.Equal((large, before), (layer.Geometry.Large.Height, layer.Geometry.Top));
    }

    [Fact]
    public void A_map_that_is_smaller_than_a_window_is_refused() => Assert.Contains(
        "conv 2 5/1: a map of 3×4 is smaller than a window of 5×5",
        Assert.Throws<UserException>(() => Convolution.GeometryOf(new Shape(3, 4, 1), 2, 5, 1, padding: 0)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Tensors_and_fans_are_those_of_PyTorch()
    {
        using var built = new BuiltLayer(
            new Sequential(new Convolution(7, 3, 2), new TransposedConvolution(2, 4, 2)), new ReferenceDevice(), shape: _map);
        Parameter[] all = [.. built.Parameters.Parameters];
        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias"], all.Select(one => one.Shape.Name));
        Assert.Equal([7, 3, 3, 3], all[0].Shape.Shape);
        Assert.Equal([7, 4, 4, 2], all[2].Shape.Shape);
        Assert.Equal([7, 2], [all[1].Shape.Length, all[3].Shape.Length]);
        Assert.Equal((27, 63, 32), (all[0].Shape.FanIn, all[0].Shape.FanOut, all[2].Shape.FanIn));
    }
}
