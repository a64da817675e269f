using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Each pixel is a coin with probability σ(ℓ): −log p = Σ max(ℓ, 0) − ℓx + log(1 + e^−|ℓ|) (Kingma and Welling 2014,
/// appendix C.1). Exact for binary pixels; for grey ones it is common practice, not a density.
/// </summary>
public sealed class BernoulliLikelihood : ILikelihood
{
    /// <inheritdoc/>
    public Likelihood NegativeLogLikelihood => Likelihood.Bernoulli;

    /// <inheritdoc/>
    public Activation Mean => Activation.Sigmoid;

    /// <inheritdoc/>
    public bool IsMeanAnActivation => true;

    /// <inheritdoc/>
    public double Constant(int dimensions) => 0;

    /// <summary>
    /// The entropy H(x) = −Σ x log x + (1 − x) log(1 − x), which the loss has at x̂ = x and nowhere less: 0 for binary
    /// pixels, and D log 2 for an image of ½. A target outside 0 … 1 has none: its loss falls without end as the logit
    /// grows.
    /// </summary>
    /// <inheritdoc/>
    public double TargetLoss(ReadOnlySpan<float> target)
    {
        double sum = 0;
        foreach (float x in target)
        {
            if (x is not (>= 0 and <= 1))
                return double.NegativeInfinity;
            if (x is > 0 and < 1)
                sum -= (x * Math.Log(x)) + ((1 - (double)x) * Math.Log(1 - (double)x));
        }
        return sum;
    }

    /// <summary>KL(x ‖ σ(ℓ)) of each number, which for 0 and 1 is −log p; +∞ for one outside 0 … 1.</summary>
    /// <inheritdoc/>
    public bool ColumnLosses(ReadOnlySpan<float> target, ReadOnlySpan<float> outputs, double logScale, Span<double> losses)
    {
        for (int i = 0; i < losses.Length; i++)
        {
            double x = target[i], logit = outputs[i];
            if (x is not (>= 0 and <= 1))
            {
                losses[i] = double.PositiveInfinity;
                continue;
            }
            // log(1 + e^ℓ) − ℓx, with the exponential of what is at most 0.
            double loss = Math.Max(logit, 0) - (logit * x) + Math.Log(1 + Math.Exp(-Math.Abs(logit)));
            if (x is > 0 and < 1)
                loss += (x * Math.Log(x)) + ((1 - x) * Math.Log(1 - x));
            losses[i] = Math.Max(loss, 0);
        }
        return true;
    }

    /// <summary>The logit of the mean, which is clipped to [0.001, 0.999]: pixels that are never on have one too.</summary>
    public double OutputOfMean(double mean, int column)
    {
        double clipped = Math.Clamp(mean, 1e-3, 1 - 1e-3);
        return Math.Log(clipped / (1 - clipped));
    }
}
