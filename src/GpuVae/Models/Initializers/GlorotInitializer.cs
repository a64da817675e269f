namespace GpuVae.Models;

/// <summary>
/// Weights uniform in ±√(6 / (fan_in + fan_out)), biases 0 (Glorot and Bengio 2010, equation 16, "normalized
/// initialization").
/// </summary>
public sealed class GlorotInitializer : IInitializer
{
    /// <inheritdoc/>
    public double Bound(ParameterShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return shape.Shape.Length == 1 ? 0 : Math.Sqrt(6.0 / (shape.FanIn + shape.Rows));
    }
}
