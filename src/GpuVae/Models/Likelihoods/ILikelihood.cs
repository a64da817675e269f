using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>The fourth choice: p(x | z), what the decoder's outputs mean. The loss is −log p(x | z) in nats.</summary>
public interface ILikelihood
{
    /// <summary>What the decoder's last product computes of its outputs.</summary>
    Likelihood NegativeLogLikelihood { get; }

    /// <summary>Turns the decoder's outputs into E[x | z], the picture.</summary>
    Activation Mean { get; }

    /// <summary>
    /// What <see cref="NegativeLogLikelihood"/> leaves out of −log p(x | z), in nats for an image of
    /// <paramref name="dimensions"/> pixels: it has no gradient, but a loss in nats has it.
    /// </summary>
    double Constant(int dimensions);

    /// <summary>The decoder's output whose picture is <paramref name="mean"/>: where a bias may start.</summary>
    double OutputOfMean(double mean);
}
