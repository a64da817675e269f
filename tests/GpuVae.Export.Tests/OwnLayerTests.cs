using GpuVae.Export.Onnx;
using GpuVae.Export.PyTorch;
using GpuVae.Kernels;
using GpuVae.Models;
using Xunit;

namespace GpuVae.Export.Tests;

/// <summary>What somebody's own is, no other program knows: one line says so.</summary>
public sealed class OwnLayerTests
{
    [Fact]
    public void A_layer_of_ones_own_is_refused_by_name()
    {
        var network = new Sequential(new Strange());
        var shape = Shape.Vector(3);
        UserException onnx = Assert.Throws<UserException>(
            () => new NetworkGraph(new GraphBuilder(), null!).Apply(network, "encoder", new Numbers("x", shape, IsMap: false)));
        Assert.Equal("encoder.0: the layer Strange is not one of the library's own, and has no ONNX operators; export a model without it", onnx.Message);
        UserException torch = Assert.Throws<UserException>(() => new PythonNetwork("encoder").Add(network, shape, isMap: false));
        Assert.Equal("encoder.0: the layer Strange is not one of the library's own, and has no module of PyTorch; export a model without it", torch.Message);
    }

    [Fact]
    public void An_activation_of_ones_own_is_refused_by_name()
    {
        var square = Activation.Of<Square>("square");
        UserException onnx = Assert.Throws<UserException>(() => new NetworkGraph(new GraphBuilder(), null!).Activate("decoder.1", square, "x"));
        Assert.Equal("decoder.1: the activation square is not one of the library's own, and has no ONNX operators; export a model without it", onnx.Message);
    }

    private readonly struct Square : IActivationFunction
    {
        public static float Apply(float x) => x * x;

        public static float Derivative(float y) => 2 * MathF.Sqrt(y);
    }

    private sealed class Strange : ILayer
    {
        public Shape Build(Shape input, LayerBuilder builder) => input;

        public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output) => throw new NotSupportedException();

        public void Backward(
            View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue, View<float> inputGradient) =>
            throw new NotSupportedException();
    }
}
