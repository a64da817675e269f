using GpuVae.Kernels;

namespace GpuVae.Evaluation;

/// <summary>What the rows that describe posteriors q(z | x) = N(μ, Σ) say of each unit, on the host.</summary>
public static class Posteriors
{
    /// <summary>
    /// The standard deviation of each unit by itself, √Σⱼⱼ: e^(s/2) for a <see cref="Covariance.Diagonal"/>,
    /// √(e^2dⱼ + Σ_{i &lt; j} Lⱼᵢ²) for a <see cref="Covariance.Full"/>, with s and d clamped as where codes are drawn.
    /// </summary>
    /// <param name="posterior">One row, as the encoder gives it.</param>
    /// <param name="covariance">How it holds Σ.</param>
    /// <param name="deviations">(k).</param>
    public static void Deviations(ReadOnlySpan<float> posterior, Covariance covariance, Span<float> deviations)
    {
        int units = deviations.Length;
        ReadOnlySpan<float> below = posterior[(2 * units)..];
        for (int unit = 0; unit < units; unit++)
        {
            double logarithm = posterior[units + unit];
            if (covariance == Covariance.Diagonal)
            {
                double limit = GaussianCode.LogVarianceLimit;
                deviations[unit] = (float)Math.Exp(Math.Clamp(logarithm, -limit, limit) / 2);
                continue;
            }
            double bound = GaussianCode.LogDeviationLimit;
            double variance = Math.Exp(2 * Math.Clamp(logarithm, -bound, bound));
            foreach (float entry in below[..unit])
                variance += (double)entry * entry;
            below = below[unit..];
            deviations[unit] = (float)Math.Sqrt(variance);
        }
    }
}
