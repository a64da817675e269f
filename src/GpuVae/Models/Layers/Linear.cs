using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// y = x Wᵀ + b with <c>weight</c> W (out, in) and <c>bias</c> b (out), as <c>torch.nn.Linear</c> has them. An example of
/// any shape is taken as one row.
/// </summary>
/// <param name="outputs">out.</param>
public sealed class Linear(int outputs) : IBiasedLayer
{
    private IDevice? _device;
    private Parameter? _weight;
    private Parameter? _bias;

    /// <summary>out.</summary>
    public int Outputs => outputs;

    /// <summary>Layers of as many outputs each that this one stands for, whose first values are drawn as if each was by itself.</summary>
    internal int Layers { get; set; } = 1;

    /// <summary>W (out, in).</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public Parameter Weight => _weight ?? throw LayerBuilder.NotBuilt();

    /// <summary>b (out).</summary>
    /// <exception cref="InvalidOperationException">The layer is not built.</exception>
    public Parameter Bias => _bias ?? throw LayerBuilder.NotBuilt();

    private IDevice Device => _device ?? throw LayerBuilder.NotBuilt();

    /// <inheritdoc/>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        (int inputs, int fanOut) = (input.Size, outputs / Layers);
        _weight = builder.Parameter("weight", [outputs, inputs], inputs, fanOut);
        _bias = builder.Parameter("bias", [outputs], inputs, fanOut);
        return Shape.Vector(outputs);
    }

    /// <inheritdoc/>
    public void Forward(
        in PassContext context, View<float> input, in Epilogue epilogue, View<float> output) =>
        Device.Run(new Multiply(Orientation.NT, input, Weight.Value, epilogue.WithBias(Bias.Value), output));

    /// <summary>The first outputs alone, at the cost of these.</summary>
    /// <param name="input">x (B, in).</param>
    /// <param name="epilogue">As for <see cref="Forward"/>.</param>
    /// <param name="output">(B, n) for n ≤ out.</param>
    public void ForwardFirst(View<float> input, in Epilogue epilogue, View<float> output)
    {
        int count = output.Columns;
        var bias = new View<float>(Bias.Value.Buffer, Bias.Value.Offset, 1, count);
        Device.Run(new Multiply(
            Orientation.NT, input, Weight.Value.RowRange(0, count), epilogue.WithBias(bias), output));
    }

    /// <summary>With G = ∂L/∂(x Wᵀ + b): ∂x = G W, ∂W = Gᵀ x, ∂b = Σ over rows of G.</summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient) =>
        Device.Run(new LinearGradient(
            outputGradient, input, inputGradient.IsEmpty ? default : Weight.Value, epilogue, inputGradient, Weight.Gradient,
            Bias.Gradient));
}
