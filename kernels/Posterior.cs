namespace GpuVae.Kernels;

/// <summary>Constants of a gaussian code.</summary>
public static class GaussianCode
{
    /// <summary>
    /// log σ² is clamped to ±20, so that e^s stays finite: σ between 4.5e-5 and 2.2e4. No trained model comes near.
    /// </summary>
    public const float LogVarianceLimit = 20f;

    /// <summary>The same bound for d = log Lⱼⱼ, the diagonal of a Cholesky factor: ±10.</summary>
    public const float LogDeviationLimit = LogVarianceLimit / 2;
}

/// <summary>What the covariance of a posterior q(z | x) = N(μ, Σ) is made of, and how a row holds it.</summary>
public enum Covariance
{
    /// <summary>
    /// Σ = diag e^s. A row (2k) holds μ, then s = log σ², which is clamped to ±<see cref="GaussianCode.LogVarianceLimit"/>.
    /// </summary>
    Diagonal,

    /// <summary>
    /// Σ = LLᵀ with L lower triangular and Lⱼⱼ = e^dⱼ. A row (2k + k(k − 1)/2) holds μ, then d, which is clamped to
    /// ±<see cref="GaussianCode.LogDeviationLimit"/>, then the entries below the diagonal row by row: L₁₀, L₂₀, L₂₁, ….
    /// </summary>
    Full,
}

/// <summary>Which part of a divergence has a gradient of its own, besides what comes through z.</summary>
public enum DivergenceForm
{
    /// <summary>KL(q ‖ N(0, I)) in closed form.</summary>
    Exact,

    /// <summary>
    /// −log det L alone: the part of log q(z | x) − log p(z) at a draw z = μ + Lε that does not go through z. The
    /// gradient of −log p(z), which is z, is then in ∂L/∂z already.
    /// </summary>
    Sampled,
}

/// <summary>How a divergence enters the gradient of a posterior.</summary>
/// <param name="Form">In closed form, or at the draws.</param>
/// <param name="UnitWeights">(1, k) a factor for each unit's part of it; empty for 1.</param>
public readonly record struct DivergenceGradient(DivergenceForm Form, View<float> UnitWeights);
