using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>As <c>torch.nn.Linear</c> does it: weights and biases alike uniform in ±1/√fan_in.</summary>
public sealed class TorchInitializer : IInitializer
{
    /// <inheritdoc/>
    public void Draw(ParameterShape shape, RandomSource source, uint tensor, Span<float> values)
    {
        ArgumentNullException.ThrowIfNull(shape);
        UniformDraw.Fill(1 / Math.Sqrt(shape.FanIn), source, tensor, values);
    }
}
