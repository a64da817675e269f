using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>How parameters are drawn before the first step.</summary>
public interface IInitializer
{
    /// <summary>Draws the first values of a tensor.</summary>
    /// <param name="shape">Its shape, fan-in and fan-out.</param>
    /// <param name="source">Where random numbers come from.</param>
    /// <param name="tensor">The step of those numbers that is the tensor's own.</param>
    /// <param name="values">The tensor, row-major, all zero.</param>
    void Draw(ParameterShape shape, RandomSource source, uint tensor, Span<float> values);
}

/// <summary>Draws that initialisers share.</summary>
public static class UniformDraw
{
    /// <summary>Numbers uniform in ±<paramref name="bound"/>, rounded to float32.</summary>
    public static void Fill(double bound, RandomSource source, uint tensor, Span<float> values)
    {
        float size = (float)bound;
        Philox.FillUniform(source, tensor, values);
        foreach (ref float value in values)
            value = ((2 * value) - 1) * size;
    }
}
