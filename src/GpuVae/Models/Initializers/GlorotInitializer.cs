using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Weights uniform in ±√(6 / (fan_in + fan_out)), biases 0 (Glorot and Bengio 2010, equation 16, "normalized
/// initialization").
/// </summary>
public sealed class GlorotInitializer : IInitializer
{
    /// <inheritdoc/>
    public void Draw(ParameterShape shape, RandomSource source, uint tensor, Span<float> values)
    {
        ArgumentNullException.ThrowIfNull(shape);
        UniformDraw.Fill(
            shape.IsWeight ? Math.Sqrt(6.0 / (shape.FanIn + shape.FanOut)) : 0, source, tensor, values);
    }
}
