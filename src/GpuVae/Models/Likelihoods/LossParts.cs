namespace GpuVae.Models;

/// <summary>What the numbers of an example have of a loss of which only the sum is known.</summary>
internal static class LossParts
{
    /// <summary>
    /// Divides a loss so that each number has of it what it has of the squared error: lⱼ = L (xⱼ − x̂ⱼ)² / Σᵢ (xᵢ − x̂ᵢ)²; all have
    /// the same where there is no error.
    /// </summary>
    /// <param name="loss">L.</param>
    /// <param name="target">x (D).</param>
    /// <param name="means">x̂ (D).</param>
    /// <param name="losses">(D).</param>
    public static void Divide(double loss, ReadOnlySpan<float> target, ReadOnlySpan<float> means, Span<double> losses)
    {
        double sum = 0;
        for (int i = 0; i < losses.Length; i++)
        {
            double error = (double)target[i] - means[i];
            sum += losses[i] = error * error;
        }
        for (int i = 0; i < losses.Length; i++)
            losses[i] = loss * (sum > 0 ? losses[i] / sum : 1.0 / losses.Length);
    }
}
