using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>The parameters of y = x Wᵀ + b, as in <c>torch.nn.Linear</c>.</summary>
/// <param name="Weight">W (out, in).</param>
/// <param name="Bias">b (1, out).</param>
/// <param name="WeightGradient">∂L/∂W (out, in).</param>
/// <param name="BiasGradient">∂L/∂b (1, out).</param>
public sealed record Linear(
    View<float> Weight, View<float> Bias, View<float> WeightGradient, View<float> BiasGradient)
{
    /// <summary>out.</summary>
    public int Outputs => Weight.Rows;

    /// <summary>The shapes of layer <paramref name="name"/>'s tensors.</summary>
    public static IEnumerable<ParameterShape> Shapes(string name, int inputs, int outputs) =>
    [
        new($"{name}.weight", [outputs, inputs], inputs),
        new($"{name}.bias", [outputs], inputs),
    ];

    /// <summary>Layer <paramref name="name"/> in an arena that has its shapes.</summary>
    public static Linear In(ParameterArena arena, string name)
    {
        Parameter weight = arena[$"{name}.weight"];
        Parameter bias = arena[$"{name}.bias"];
        return new Linear(weight.Value, bias.Value, weight.Gradient, bias.Gradient);
    }

    /// <summary>The layer that computes only the first <paramref name="count"/> outputs, from the same memory.</summary>
    public Linear FirstOutputs(int count) => new(
        Weight.RowRange(0, count), new View<float>(Bias.Buffer, Bias.Offset, 1, count),
        WeightGradient.RowRange(0, count), new View<float>(BiasGradient.Buffer, BiasGradient.Offset, 1, count));
}
