using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>The fourth choice: p(x | z), what the decoder's outputs mean. The loss is −log p(x | z) in nats.</summary>
public interface ILikelihood
{
    /// <summary>
    /// What the decoder's last product computes of its outputs; null where it keeps them, and <see cref="Adjust"/> does it all.
    /// </summary>
    Likelihood? NegativeLogLikelihood { get; }

    /// <summary>Turns the decoder's outputs into E[x | z], the picture.</summary>
    Activation Mean { get; }

    /// <summary>
    /// m, how many numbers of the decoder say how a number of an example is distributed. The outputs of a pixel of C channels are C
    /// first parameters, then C second ones: the decoder gives a map of m·C channels. <see cref="Mean"/> belongs to the first.
    /// </summary>
    int ParametersPerNumber => 1;

    /// <summary>
    /// Whether p(x | z) is the probability of an image of bytes and no density: then every number of an example has to
    /// be a byte
    /// divided by 255, and a loss in nats divided by D log 2 is a length in bits per dimension.
    /// </summary>
    bool IsOfBytes => false;

    /// <summary>
    /// Whether <see cref="Mean"/> is all that lies between the outputs and E[x | z], so that a term of the loss that
    /// looks at the
    /// picture knows its gradient.
    /// </summary>
    bool IsMeanAnActivation => false;

    /// <summary>Declares parameters and takes memory; most likelihoods have none.</summary>
    /// <param name="output">The shape of an image.</param>
    /// <param name="builder">Knows the largest batch of draws.</param>
    void Build(Shape output, LayerBuilder builder)
    {
    }

    /// <summary>What follows the decoder's last product: its loss and gradient, both at once.</summary>
    /// <param name="target">x (R, D).</param>
    /// <param name="gradientScale">The factor of the gradient.</param>
    /// <param name="loss">(1, R).</param>
    Epilogue LossEpilogue(View<float> target, float gradientScale, View<float> loss) =>
        NegativeLogLikelihood is Likelihood function
            ? Epilogue.NegativeLogLikelihood(target, function, gradientScale, loss)
            : Epilogue.Store;

    /// <summary>What is left to do after the product: turns its loss and gradient into those of p(x | z).</summary>
    /// <param name="target">x (R, D).</param>
    /// <param name="gradientScale">The factor of the gradient.</param>
    /// <param name="loss">(1, R) −log p of each draw, updated.</param>
    /// <param name="outputGradient">(R, m·D) the gradient by the outputs, updated.</param>
    void Adjust(View<float> target, float gradientScale, View<float> loss, View<float> outputGradient)
    {
    }

    /// <summary>What is left to do after the product and <see cref="Mean"/>: turns them into E[x | z].</summary>
    /// <param name="outputs">(R, m·D), updated.</param>
    /// <returns>(R, D): the outputs themselves, or the likelihood's own memory, which lasts until the next call.</returns>
    View<float> ToMeans(View<float> outputs) => outputs;

    /// <summary>The gradients of the likelihood's own parameters.</summary>
    /// <param name="loss">(1, R) as <see cref="Adjust"/> left it.</param>
    /// <param name="weights">The weight of each row in L (1, R), or empty.</param>
    /// <param name="weight">The weight of every row, where there are no weights.</param>
    void Backward(View<float> loss, View<float> weights, float weight)
    {
    }

    /// <summary>
    /// What <see cref="NegativeLogLikelihood"/> leaves out of −log p(x | z), in nats for an image of
    /// <paramref name="dimensions"/> pixels: it has no gradient, but a loss in nats has it.
    /// </summary>
    double Constant(int dimensions);

    /// <summary>
    /// The part of −log p(x | z) that is the target's own: how far the least that any outputs reach for it, in nats, lies
    /// above the least for other targets. What is above it is the model's doing, so that losses of different examples
    /// compare. 0 where every target can be met equally well.
    /// </summary>
    /// <param name="target">x (D), as the loss sees it.</param>
    /// <returns>−∞ where outputs can lower the loss without end, so that the loss says nothing of the target.</returns>
    double TargetLoss(ReadOnlySpan<float> target) => 0;

    /// <summary>λ, the logarithm of the scale (1, 1), on the model's device; empty where there is none.</summary>
    View<float> LogScale => default;

    /// <summary>
    /// What each number of an example has of the loss, measured from its optimum: −log p(xⱼ | z) less the least that any output
    /// reaches for xⱼ, at least 0, in nats and in double precision on the host. Their sum ranks examples as the loss less
    /// <see cref="TargetLoss"/> does.
    /// </summary>
    /// <param name="target">x (D), finite.</param>
    /// <param name="outputs">(m·D), the decoder's, before <see cref="Mean"/>.</param>
    /// <param name="logScale">λ; 0 where there is none.</param>
    /// <param name="losses">(D).</param>
    /// <returns>
    /// Whether the likelihood knows; else nothing is written, and who asks divides the loss of the whole example as well as
    /// may be.
    /// </returns>
    bool ColumnLosses(ReadOnlySpan<float> target, ReadOnlySpan<float> outputs, double logScale, Span<double> losses) => false;

    /// <summary>
    /// The first parameter whose picture is <paramref name="mean"/>: where a bias may start. Those of other parameters start at 0.
    /// </summary>
    /// <param name="mean">Of a column over the training examples.</param>
    /// <param name="column">Which one, from 0.</param>
    double OutputOfMean(double mean, int column);
}

/// <summary>What a likelihood is made for.</summary>
/// <param name="Scale">σ or b, or where it starts; above 0.</param>
/// <param name="IsLearned">Whether it is learned.</param>
public sealed record ScaleSettings(double Scale = 1, bool IsLearned = false);

/// <summary>A likelihood that can be chosen.</summary>
/// <param name="HasScale">Whether it takes another scale than 1.</param>
/// <param name="Create">Makes it.</param>
public sealed record LikelihoodChoice(bool HasScale, Func<ScaleSettings, ILikelihood> Create);
