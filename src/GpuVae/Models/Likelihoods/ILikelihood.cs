using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>The fourth choice: p(x | z), what the decoder's outputs mean. The loss is −log p(x | z) in nats.</summary>
public interface ILikelihood
{
    /// <summary>What the decoder's last product computes of its outputs, at scale 1.</summary>
    Likelihood NegativeLogLikelihood { get; }

    /// <summary>Turns the decoder's outputs into E[x | z], the picture.</summary>
    Activation Mean { get; }

    /// <summary>The scale of the outputs' distribution; null for one that has none, and for a scale of 1.</summary>
    LikelihoodScale? Scale => null;

    /// <summary>
    /// What <see cref="NegativeLogLikelihood"/> leaves out of −log p(x | z) at scale 1, in nats for an image of
    /// <paramref name="dimensions"/> pixels: it has no gradient, but a loss in nats has it.
    /// </summary>
    double Constant(int dimensions);

    /// <summary>The decoder's output whose picture is <paramref name="mean"/>: where a bias may start.</summary>
    double OutputOfMean(double mean);
}

/// <summary>The scale e^λ of a likelihood, the same for every number of an image; see <see cref="Kernels.ScaleLikelihood"/>.</summary>
/// <param name="Power">p: 2 where the loss has the square of a difference, 1 where it has its size.</param>
/// <param name="LogScale">λ, or where it starts.</param>
/// <param name="IsLearned">Whether λ is a parameter.</param>
public sealed record LikelihoodScale(float Power, double LogScale, bool IsLearned)
{
    /// <summary>The scale that is asked for; null where it is 1 and stays so.</summary>
    internal static LikelihoodScale? Of(float power, ScaleSettings settings) =>
        settings is { Scale: 1, IsLearned: false } ? null : new(power, Math.Log(settings.Scale), settings.IsLearned);
}

/// <summary>What a likelihood is made for.</summary>
/// <param name="Scale">σ or b, or where it starts; above 0.</param>
/// <param name="IsLearned">Whether it is learned.</param>
public sealed record ScaleSettings(double Scale = 1, bool IsLearned = false);

/// <summary>A likelihood that can be chosen.</summary>
/// <param name="HasScale">Whether it takes another scale than 1.</param>
/// <param name="Create">Makes it.</param>
public sealed record LikelihoodChoice(bool HasScale, Func<ScaleSettings, ILikelihood> Create);
