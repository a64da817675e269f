namespace GpuVae.Models;

/// <summary>How parameters are drawn before the first step: uniform around 0, or 0.</summary>
public interface IInitializer
{
    /// <summary>The largest size of a first value of this tensor: it is drawn from ±it.</summary>
    double Bound(ParameterShape shape);
}
