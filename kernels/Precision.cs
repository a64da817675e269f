namespace GpuVae.Kernels;

/// <summary>
/// What products round their operands to. Operands lie in memory as float32, are rounded to nearest on their way into
/// the multiplier, and their products, which float32 holds exactly, are summed in float32. Everything else (losses,
/// gradients of the bias, Adam, the weights it updates) is float32 always.
/// </summary>
/// <remarks>
/// With u the rounding error of one operand, a product is off by at most 2u + u² of itself, so
/// |C − S| ≤ (2u + u²) Σ |a||b|, and the rounding of the sums in float32 comes on top.
/// </remarks>
public enum Precision
{
    /// <summary>Operands as they are: 24 bits. Every device has it.</summary>
    Fp32,

    /// <summary>
    /// TensorFloat-32: float32's exponent, 11 bits, u = 2⁻¹¹. NVIDIA's tensor cores from compute capability 8.0.
    /// </summary>
    Tf32,

    /// <summary>
    /// bfloat16: float32's exponent, 8 bits, u = 2⁻⁸. NVIDIA's tensor cores from compute capability 8.0.
    /// </summary>
    Bf16,
}
