using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// y = f(x) for each number on its own. In a <see cref="Sequential"/> it is the epilogue of the layer before it and costs
/// no pass over memory of its own, unless f′ needs x.
/// </summary>
/// <param name="function">f.</param>
public sealed class ActivationLayer(Activation function) : ILayer
{
    private IDevice? _device;

    /// <summary>f.</summary>
    public Activation Function => function;

    /// <inheritdoc/>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        return input;
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        _device!.Run(new ApplyEpilogue(input, Epilogue.Activate(function), output));
        _device.ApplyEpilogue(epilogue, output);
    }

    /// <summary>∂x = ∂y ⊙ f′. Where f′ needs y, no epilogue that changes it may have followed.</summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        if (inputGradient.IsEmpty)
            return;
        View<float> saved = function.DerivativeNeedsInput ? input : output;
        _device!.Run(new ApplyEpilogue(outputGradient, Epilogue.Derivative(saved, function), inputGradient));
        _device.ApplyEpilogue(epilogue, inputGradient);
    }
}
