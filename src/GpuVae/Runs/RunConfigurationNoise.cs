using GpuVae.Models;

namespace GpuVae.Runs;

/// <content>The numbers of corruptions and likelihoods.</content>
public sealed partial record RunConfiguration
{
    /// <summary>How much a corruption does: σ of gaussian noise, the probability of the others.</summary>
    public double Noise { get; init; } = 0.2;

    /// <summary>The likelihood's scale, σ of gaussian and b of laplace; where it starts, if it is learned.</summary>
    public double Sigma { get; init; } = 1;

    /// <summary>Whether the likelihood's scale is learned, one number for all pixels.</summary>
    public bool SigmaIsLearned { get; init; }

    /// <summary>What the encoder is to see.</summary>
    internal CorruptionChoice CorruptionChoice => Choices.Find("--corruption", Corruption, Choices.Corruptions);

    /// <summary>What the decoder's outputs mean.</summary>
    internal ILikelihood CreateLikelihood() =>
        Choices.Find("--likelihood", Likelihood, Choices.Likelihoods).Create(new ScaleSettings(Sigma, SigmaIsLearned));

    private void ValidateNoise()
    {
        LikelihoodChoice likelihood = Choices.Find("--likelihood", Likelihood, Choices.Likelihoods);
        double largest = CorruptionChoice.LargestAmount;
        if (!double.IsFinite(Noise) || Noise <= 0 || (largest > 0 && Noise > largest))
        {
            throw Refuse(
                "--noise", Noise,
                double.IsFinite(largest) && largest > 0
                    ? $"--corruption {Corruption} takes a probability above 0 and up to {largest}"
                    : "must be a finite number above 0, such as 0.2");
        }
        if (!double.IsFinite(Sigma) || Sigma < 1e-6 || Sigma > 1e6)
            throw Refuse("--sigma", Sigma, "must be a number from 1e-6 to 1e6, or learned");
        if ((Sigma != 1 || SigmaIsLearned) && !likelihood.HasScale)
        {
            throw new UserException(
                $"--sigma: --likelihood {Likelihood} has no scale; use --likelihood gaussian or laplace");
        }
    }
}
