namespace GpuVae.Models;

/// <summary>As <c>torch.nn.Linear</c> does it: weights and biases alike uniform in ±1/√fan_in.</summary>
public sealed class TorchInitializer : IInitializer
{
    /// <inheritdoc/>
    public double Bound(ParameterShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return 1 / Math.Sqrt(shape.FanIn);
    }
}
